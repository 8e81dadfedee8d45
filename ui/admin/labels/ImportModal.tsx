/*
 * Labels from a file of CSV: it is read here, looked at, and sent as text. All of it is taken, or nothing when a
 * line is wrong.
 */
import { Alert, Button, Code, FileInput, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { IconFileTypeCsv } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import { useFormat } from "@shared/format/useFormat";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { toastDone } from "@shared/widgets/toast";
import { UpstreamSelect } from "./UpstreamSelect";
import { readLabels, type FileFault, type LabelFile } from "./labelFile";
import { useImportLabels } from "./useLabels";

const EXAMPLE = "list,code,label,indonesian\nprospect_status,3,Hot,Panas";
const FIELDS = { csv: "csv", upstream: "upstream" } as const;

function Preview({ file }: { file: LabelFile }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
    <Stack gap="xs" data-labels={file.count}>
      <Text size="sm" fw={600} role="status">
        {t("label.found", { count: file.count, n: format.count(file.count) })}
      </Text>
      <ScrollTable label={t("label.firstLines")} verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("label.line")}</Table.Th>
            <Table.Th>{t("label.list")}</Table.Th>
            <Table.Th>{t("label.code")}</Table.Th>
            <Table.Th>{t("label.english")}</Table.Th>
            <Table.Th>{t("label.indonesian")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {file.first.map(({ line, cells }) => (
            <Table.Tr key={line}>
              <Table.Td>{format.count(line)}</Table.Td>
              {[0, 1, 2, 3].map((column) => (
                <Table.Td key={column}>{cells[column]}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      {file.count > file.first.length && (
        <Text size="xs" c="dimmed">
          {t("label.andMore", { n: format.count(file.count - file.first.length) })}
        </Text>
      )}
    </Stack>
  );
}

function ImportForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const send = useImportLabels();
  const [chosen, setChosen] = useState<File | null>(null);
  const [read, setRead] = useState<LabelFile | FileFault>();
  const [upstream, setUpstream] = useState("");
  const { fields, others } = sortErrors<"csv" | "upstream">(send.error, FIELDS);
  const file = typeof read === "object" ? read : undefined;
  const fault = typeof read === "string" ? t(`label.fileFault.${read}`) : undefined;
  const choose = (next: File | null) => {
    setChosen(next);
    setRead(undefined);
    send.reset();
    next?.text().then(
      (text) => setRead(readLabels(text)),
      () => setRead("encoding"),
    );
  };
  const submit = () =>
    file &&
    send.mutate(
      { csv: file.csv, upstream },
      {
        onSuccess: ({ rows, added, changed }) => {
          toastDone(
            t("label.imported", {
              count: rows,
              n: format.count(rows),
              added: format.count(added),
              changed: format.count(changed),
            }),
          );
          onClose();
        },
      },
    );
  return (
    <Stack gap="md">
      <Text size="sm">{t("label.importHint")}</Text>
      <Code block>{EXAMPLE}</Code>
      <FileInput
        label={t("label.file")}
        placeholder={t("label.chooseFile")}
        leftSection={<IconFileTypeCsv size={18} aria-hidden />}
        accept=".csv,text/csv,text/plain"
        value={chosen}
        onChange={choose}
        error={fault}
        clearable
        clearButtonProps={{ "aria-label": t("form.clear") }}
      />
      {file && <Preview file={file} />}
      <UpstreamSelect value={upstream} onChange={setUpstream} error={fields.upstream} />
      {(fields.csv ?? others[0]) !== undefined && (
        <Alert color="red" variant="light" role="alert" title={t("label.refused")}>
          {[fields.csv, ...others].filter(Boolean).join(" ")}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("form.cancel")}
        </Button>
        <Button onClick={submit} loading={send.isPending} disabled={!file}>
          {t("label.upload")}
        </Button>
      </Group>
    </Stack>
  );
}

export default function ImportModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("admin");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("label.importTitle")}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <ImportForm key={String(opened)} onClose={onClose} />
    </Modal>
  );
}

/*
 * One record in full: why it was set aside, and what came. Its values are masked; who needs them says why, and that
 * is in the audit trail before they are shown.
 */
import { Alert, Box, Button, Code, Drawer, Group, ScrollArea, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useErrorMeanings } from "@shared/api/errorMeanings";
import type { QuarantineRow } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { useKept } from "@shared/widgets/useKept";
import { RecordState } from "./RecordState";
import { REASON, pretty, reasonFits } from "./quarantineFilter";
import { useQuarantineRecord } from "./useQuarantine";

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Box>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" fw={500} component="div" className="figures" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </Box>
  );
}

function Reveal({ onReveal }: { onReveal: (reason: string) => void }) {
  const { t } = useTranslation("admin");
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onReveal(reason.trim());
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs">
        <TextInput
          label={t("aside.revealWhy")}
          description={t("aside.revealHint")}
          maxLength={REASON.most}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          style={{ flex: 1 }}
        />
        <Button
          type="submit"
          variant="default"
          leftSection={<IconEye size={16} aria-hidden />}
          disabled={!reasonFits(reason)}
        >
          {t("aside.reveal")}
        </Button>
      </Group>
    </form>
  );
}

function Facts({ row }: { row: QuarantineRow }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
    <SimpleGrid cols={{ base: 2, xs: 3 }} spacing="sm">
      <Fact label={t("user.stateColumn")}>
        <RecordState state={row.state} />
      </Fact>
      <Fact label={t("quarantine.dealer")}>{row.dealer_id}</Fact>
      <Fact label={t("aside.feed")}>{row.feed}</Fact>
      <Fact label={t("quarantine.field")}>{row.field ?? "–"}</Fact>
      <Fact label={t("aside.first")}>{format.moment(row.created_at)}</Fact>
      <Fact label={t("aside.last")}>{row.seen_at ? format.moment(row.seen_at) : "–"}</Fact>
      <Fact label={t("aside.seen")}>{format.count(row.seen ?? 1)}</Fact>
      <Fact label={t("aside.replays")}>{format.count(row.replays ?? 0)}</Fact>
      {row.settled_at && (
        <Fact label={t(row.state === "dismissed" ? "aside.state.dismissed" : "aside.settled")}>
          {[format.moment(row.settled_at), row.settled_by].filter(Boolean).join(", ")}
        </Fact>
      )}
      {row.why && <Fact label={t("aside.why")}>{row.why}</Fact>}
    </SimpleGrid>
  );
}

function Details({ id }: { id: number }) {
  const { t } = useTranslation("admin");
  const [reason, setReason] = useState<string>();
  const query = useQuarantineRecord(id, reason);
  const meanings = useErrorMeanings().data;
  if (query.isPending) {
    return <TableSkeleton rows={8} />;
  }
  if (query.isError) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  const { record, raw, masked } = query.data;
  const meaning = meanings?.get(record.reason);
  return (
    <Stack gap="md">
      <Alert color="orange" variant="light" title={record.reason}>
        {meaning ? `${meaning.cause} ${meaning.advice}` : undefined}
      </Alert>
      <Facts row={record} />
      {record.whole === false && (
        <Text size="sm" c="dimmed">
          {t("aside.notWhole")}
        </Text>
      )}
      <ScrollArea.Autosize mah={420} type="auto" viewportProps={{ tabIndex: 0, role: "group", "aria-label": t("aside.raw") }}>
        <Code block data-raw style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {pretty(raw)}
        </Code>
      </ScrollArea.Autosize>
      {masked && <Reveal onReveal={setReason} />}
    </Stack>
  );
}

export function RecordDrawer({ subject, onClose }: { subject: number | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const id = useKept(subject);
  return (
    <Drawer
      opened={subject !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={t("aside.record", { id })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {id !== undefined && <Details key={id} id={id} />}
    </Drawer>
  );
}

/* One entry of the audit trail: who, from where, by which request, and what changed field by field. */
import { Anchor, Box, Code, Drawer, SimpleGrid, Stack, Table, Text, Title, Tooltip } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useKept } from "@shared/widgets/useKept";
import { kindOf, type AuditWord } from "./auditFilter";
import { diffOf, isHash, type FieldDiff } from "./diff";

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Box>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" fw={500} component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </Box>
  );
}

/** Everything else with the same value. */
function Same({ name, value, onFollow }: { name: AuditWord; value: string; onFollow: () => void }) {
  const { t } = useTranslation("admin");
  return (
    <Anchor
      size="sm"
      href={buildHash("/audit", new URLSearchParams({ [name]: value }))}
      onClick={onFollow}
      title={t("audit.sameHint")}
    >
      {value}
    </Anchor>
  );
}

function Value({ value, sign }: { value: string | undefined; sign: "-" | "+" }) {
  const { t } = useTranslation("admin");
  if (value === undefined) {
    return (
      <Text size="sm" c="dimmed" span>
        –
      </Text>
    );
  }
  const code = (
    <Code
      color={sign === "-" ? "var(--mantine-color-red-light)" : "var(--mantine-color-teal-light)"}
      style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}
    >
      {value}
    </Code>
  );
  return isHash(value) ? <Tooltip label={t("audit.secret")}>{code}</Tooltip> : code;
}

function DiffRow({ diff }: { diff: FieldDiff }) {
  const { t } = useTranslation("admin");
  return (
    <Table.Tr data-field={diff.field}>
      <Table.Td style={{ verticalAlign: "top", overflowWrap: "anywhere" }}>
        <Text size="sm" fw={500} span>
          {diff.field || t("audit.whole")}
        </Text>
        {diff.secret && (
          <Text size="xs" c="dimmed">
            <IconLock size={12} aria-hidden /> {t("audit.hashed")}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ verticalAlign: "top" }}>
        <Value value={diff.before} sign="-" />
      </Table.Td>
      <Table.Td style={{ verticalAlign: "top" }}>
        <Value value={diff.after} sign="+" />
      </Table.Td>
    </Table.Tr>
  );
}

function Changes({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation("admin");
  const rows = diffOf(entry.before, entry.after);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("audit.noValues")}
      </Text>
    );
  }
  return (
    <Table layout="fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("audit.field")}</Table.Th>
          <Table.Th>{t("audit.before")}</Table.Th>
          <Table.Th>{t("audit.after")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((diff) => (
          <DiffRow key={diff.field} diff={diff} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Details({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const kind = kindOf(entry.kind);
  return (
    <Stack gap="md">
      <SimpleGrid cols={2} spacing="sm">
        <Fact label={t("audit.when")}>{format.moment(entry.at)}</Fact>
        <Fact label={t("audit.action")}>
          <Same name="action" value={entry.action} onFollow={onClose} />
        </Fact>
        <Fact label={t("audit.who")}>
          <Same name="principal" value={entry.principal} onFollow={onClose} />
          {entry.role && ` (${entry.role})`}
        </Fact>
        <Fact label={t("audit.address")}>{entry.address || t("audit.unknown")}</Fact>
        <Fact label={t("audit.what")}>
          {kind ? t(`audit.kind.${kind}`) : entry.kind}{" "}
          {entry.target ? <Same name="target" value={entry.target} onFollow={onClose} /> : t("audit.many")}
        </Fact>
        <Fact label={t("audit.request")}>
          {entry.request_id ? (
            <Same name="request_id" value={entry.request_id} onFollow={onClose} />
          ) : (
            "–"
          )}
        </Fact>
      </SimpleGrid>
      <Title order={3} size="h5">
        {t(entry.before === undefined ? "audit.added" : entry.after === undefined ? "audit.removed" : "audit.changed")}
      </Title>
      <Changes entry={entry} />
      <Text size="xs" c="dimmed">
        {t("audit.number", { n: entry.seq })}
      </Text>
    </Stack>
  );
}

export function EntryDrawer({ subject, onClose }: { subject: AuditEntry | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const entry = useKept(subject);
  return (
    <Drawer
      opened={subject !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={t("audit.entry")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {entry && <Details entry={entry} onClose={onClose} />}
    </Drawer>
  );
}

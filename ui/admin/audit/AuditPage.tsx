/* Who changed what, the latest first. All filters live in the URL; an entry opens beside the list. */
import { ActionIcon, Button, Group, Paper, Select, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconChevronRight, IconHistory } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditEntry } from "@shared/api/types";
import { writeParam } from "@shared/format/ranges";
import { useFormat } from "@shared/format/useFormat";
import { useParams } from "@shared/route/useRoute";
import { DayRangeFilter } from "@shared/widgets/DayRangeFilter";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ListState } from "@shared/widgets/ListState";
import { LoadMore } from "@shared/widgets/LoadMore";
import { Moment } from "@shared/widgets/Moment";
import { PageTitle } from "@shared/widgets/PageTitle";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { SearchBox } from "@shared/widgets/SearchBox";
import { CsvLink } from "../jobs/CsvLink";
import { EntryDrawer } from "./EntryDrawer";
import { VerifyButton } from "./VerifyButton";
import { KINDS, WORDS, kindOf, readFilter } from "./auditFilter";
import { diffOf } from "./diff";
import { useAudit } from "./useAudit";
import "../manage/texts";

const BOXES = WORDS.filter((word) => word !== "kind");

function Filters() {
  const { t } = useTranslation("admin");
  const [params, setParams] = useParams();
  const set = (name: string, value: string | null) =>
    setParams((now) => writeParam(now, name, value), true);
  const any = [...WORDS, "from", "to"].some((name) => params.has(name));
  return (
    <Group gap="sm" mb="sm">
      {BOXES.map((word) => (
        <SearchBox
          key={word}
          label={t(`audit.filter.${word}`)}
          value={params.get(word) ?? ""}
          onSearch={(text) => set(word, text)}
          w={{ base: "calc(50% - 6px)", xs: 200 }}
        />
      ))}
      <Select
        aria-label={t("audit.filter.kind")}
        placeholder={t("audit.filter.kind")}
        data={KINDS.map((kind) => ({ value: kind, label: t(`audit.kind.${kind}`) }))}
        value={kindOf(params.get("kind") ?? "") ?? null}
        onChange={(kind) => set("kind", kind)}
        searchable
        clearable
        w={{ base: "calc(50% - 6px)", xs: 200 }}
      />
      <DayRangeFilter w={{ base: "calc(50% - 6px)", xs: 240 }} />
      {any && (
        <Button variant="subtle" size="xs" onClick={() => setParams(() => new URLSearchParams(), true)}>
          {t("form.clearFilters")}
        </Button>
      )}
    </Group>
  );
}

function Row({ entry, onOpen }: { entry: AuditEntry; onOpen: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const kind = kindOf(entry.kind);
  const fields = diffOf(entry.before, entry.after).map((diff) => diff.field);
  const what = `${kind ? t(`audit.kind.${kind}`) : entry.kind} ${entry.target}`.trim();
  return (
    <Table.Tr data-entry={entry.seq} onClick={onOpen} style={{ cursor: "pointer" }}>
      <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>
        {format.moment(entry.at)}
      </Table.Td>
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {entry.principal}
        </Text>
        <Text size="xs" c="dimmed">
          {entry.address}
        </Text>
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          <Moment at={entry.at} />
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm" style={{ overflowWrap: "anywhere" }} lineClamp={2}>
          {what}
        </Text>
        <Text size="xs" c="dimmed" lineClamp={1} style={{ overflowWrap: "anywhere" }}>
          {entry.action}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="md" maw={320}>
        <Text size="sm" c="dimmed" lineClamp={1}>
          {fields.filter(Boolean).join(", ") || "–"}
        </Text>
      </Table.Td>
      <Table.Td ta="right" w={48}>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={onOpen}
          aria-label={t("audit.open", { what, who: entry.principal })}
        >
          <IconChevronRight size={18} aria-hidden />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}

function EntryTable({ entries, onOpen }: { entries: AuditEntry[]; onOpen: (entry: AuditEntry) => void }) {
  const { t } = useTranslation("admin");
  return (
    <ScrollTable label={t("audit.title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th visibleFrom="sm">{t("audit.when")}</Table.Th>
          <Table.Th>{t("audit.who")}</Table.Th>
          <Table.Th>{t("audit.what")}</Table.Th>
          <Table.Th visibleFrom="md">{t("audit.fields")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("audit.entry")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {entries.map((entry) => (
          <Row key={entry.seq} entry={entry} onOpen={() => onOpen(entry)} />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

export default function AuditPage() {
  const { t } = useTranslation("admin");
  const [params] = useParams();
  const filter = readFilter(params);
  const query = useAudit(filter);
  const [open, setOpen] = useState<AuditEntry>();
  const entries = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle
        title={t("audit.title")}
        text={t("audit.subtitle")}
        action={
          <Group gap="md">
            <CsvLink route="/api/v1/audit" query={{ ...filter }} />
            <VerifyButton />
          </Group>
        }
      />
      <Paper withBorder radius="lg" p="md">
        <Filters />
        <ListState
          query={query}
          count={entries.length}
          empty={
            <EmptyState
              icon={<IconHistory size={22} />}
              title={t("audit.none")}
              text={t("audit.noneHint")}
            />
          }
        >
          <EntryTable entries={entries} onOpen={setOpen} />
        </ListState>
        <LoadMore
          shown={query.hasNextPage}
          busy={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
        />
      </Paper>
      <EntryDrawer subject={open} onClose={() => setOpen(undefined)} />
    </Stack>
  );
}

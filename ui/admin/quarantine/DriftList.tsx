/* Fields of upstreams that came, went or changed their type, until somebody takes note of them. */
import { Button, Code, Group, Paper, Select, Table, Text } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Drift } from "@shared/api/types";
import { writeParam } from "@shared/format/ranges";
import { useFormat } from "@shared/format/useFormat";
import { useParams } from "@shared/route/useRoute";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { ListState } from "@shared/widgets/ListState";
import { LoadMore } from "@shared/widgets/LoadMore";
import { Moment } from "@shared/widgets/Moment";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";
import { toastDone } from "@shared/widgets/toast";
import { useAcknowledge, useDrift } from "./useDrift";

const KINDS = ["new", "vanished", "retyped"] as const;
const COLOURS: Record<Drift["kind"], string> = { new: "blue", vanished: "red", retyped: "orange" };

function Row({ drift, onNote, busy }: { drift: Drift; onNote: () => void; busy: boolean }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const field = [drift.part, drift.field].filter(Boolean).join(".");
  return (
    <Table.Tr data-drift={drift.id}>
      <Table.Td>
        <Code style={{ overflowWrap: "anywhere" }}>{field}</Code>
        <Text size="xs" c="dimmed">
          {drift.upstream} · {drift.feed}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge colour={COLOURS[drift.kind]} text={t(`drift.kind.${drift.kind}`)} state={drift.kind} />
        {drift.type && (
          <Text size="xs" c="dimmed">
            {t("drift.as", { type: t(`drift.type.${drift.type}`) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="md" ta="right">
        {format.count(drift.answers)}
      </Table.Td>
      <Table.Td visibleFrom="md">
        <Moment at={drift.first_at} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Moment at={drift.last_at} />
      </Table.Td>
      <Table.Td ta="right">
        {drift.acknowledged_at ? (
          <Text size="xs" c="dimmed">
            {drift.acknowledged_by}, <Moment at={drift.acknowledged_at} />
          </Text>
        ) : (
          <Button
            size="compact-xs"
            variant="default"
            onClick={onNote}
            loading={busy}
            aria-label={t("drift.noteOf", { field })}
          >
            {t("drift.note")}
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function DriftTable({ items, acknowledge }: { items: Drift[]; acknowledge: ReturnType<typeof useAcknowledge> }) {
  const { t } = useTranslation("admin");
  return (
    <ScrollTable label={t("drift.title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("drift.field")}</Table.Th>
          <Table.Th>{t("drift.change")}</Table.Th>
          <Table.Th visibleFrom="md" ta="right">
            {t("drift.answers")}
          </Table.Th>
          <Table.Th visibleFrom="md">{t("aside.first")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("aside.last")}</Table.Th>
          <Table.Th ta="right">{t("drift.noted")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((drift) => (
          <Row
            key={drift.id}
            drift={drift}
            busy={acknowledge.isPending && acknowledge.variables.ids?.[0] === String(drift.id)}
            onNote={() => acknowledge.mutate({ ids: [String(drift.id)] })}
          />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

export function DriftList() {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const [params, setParams] = useParams();
  const kind = KINDS.find((one) => one === params.get("kind"));
  const noted = params.get("noted") === "any";
  const query = useDrift(kind, noted ? undefined : false);
  const acknowledge = useAcknowledge();
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const set = (name: string) => (value: string | null) =>
    setParams((now) => writeParam(now, name, value), true);
  const noteAll = () =>
    acknowledge.mutate(
      { all: true },
      { onSuccess: ({ count }) => toastDone(t("drift.notedAll", { count, n: format.count(count) })) },
    );
  return (
    <Paper withBorder radius="lg" p="md">
      <Group gap="sm" mb="sm">
        <Select
          aria-label={t("drift.change")}
          placeholder={t("drift.allKinds")}
          data={KINDS.map((one) => ({ value: one, label: t(`drift.kind.${one}`) }))}
          value={kind ?? null}
          onChange={set("kind")}
          clearable
          w={{ base: "100%", xs: 200 }}
        />
        <Select
          aria-label={t("drift.noted")}
          data={[
            { value: "", label: t("drift.openOnly") },
            { value: "any", label: t("drift.withNoted") },
          ]}
          value={noted ? "any" : ""}
          onChange={set("noted")}
          allowDeselect={false}
          w={{ base: "100%", xs: 220 }}
        />
        {items.some((drift) => !drift.acknowledged_at) && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconChecks size={14} aria-hidden />}
            onClick={noteAll}
            loading={acknowledge.isPending && acknowledge.variables.all === true}
          >
            {t("drift.noteAll")}
          </Button>
        )}
      </Group>
      {acknowledge.error && <ErrorNotice error={acknowledge.error} />}
      <ListState
        query={query}
        count={items.length}
        empty={
          <EmptyState
            icon={<IconChecks size={22} />}
            title={t("drift.none")}
            text={t(noted || kind ? "drift.noneFoundHint" : "drift.noneHint")}
          />
        }
      >
        <DriftTable items={items} acknowledge={acknowledge} />
      </ListState>
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
    </Paper>
  );
}

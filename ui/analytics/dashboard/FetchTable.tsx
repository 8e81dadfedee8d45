/* Recent fetches of a dealer, or of all: how each ended, how much it brought, how long it took. */
import { Paper, Table, Text, Title } from "@mantine/core";
import { IconCloudDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Fetch, ReportDealer } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { Moment } from "@shared/widgets/Moment";
import { ScrollTable, TableSkeleton } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";
import { useFetches } from "./useReport";

const COLOURS: Record<string, string> = { success: "teal", partial: "yellow", failed: "red" };

function StatusBadge({ status }: { status: Fetch["status"] }) {
  const { t } = useTranslation("analytics");
  const known = status === "success" || status === "failed" || status === "partial";
  return (
    <StateBadge
      colour={COLOURS[status] ?? "gray"}
      text={known ? t(`fetch.${status}`) : status}
      state={status}
    />
  );
}

interface RowsProps {
  rows: Fetch[];
  /** The names of the dealers; absent where all rows are of one. */
  names: Map<string, string> | undefined;
}

function Rows({ rows, names }: RowsProps) {
  const format = useFormat();
  return rows.map((row) => (
    <Table.Tr key={row.id}>
      <Table.Td>
        <StatusBadge status={row.status} />
      </Table.Td>
      {names && (
        <Table.Td data-fetch-dealer={row.dealer_id}>
          {names.get(row.dealer_id) ?? row.dealer_id}
          <Text size="xs" c="dimmed">
            {row.dealer_id}
          </Text>
        </Table.Td>
      )}
      <Table.Td>
        <Moment at={row.completed_at} />
        {row.error_message && (
          <Text size="xs" c="dimmed" hiddenFrom="sm" lineClamp={3}>
            {row.error_message}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">{format.count(row.records_fetched)}</Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }} visibleFrom="xs">
        {format.duration(row.fetch_duration_seconds)}
      </Table.Td>
      <Table.Td miw={180} visibleFrom="sm">
        <Text size="sm" c={row.error_message ? undefined : "dimmed"} lineClamp={2}>
          {row.error_message ?? "–"}
        </Text>
      </Table.Td>
    </Table.Tr>
  ));
}

interface Props {
  /** One dealer; all if absent. */
  dealer: string | undefined;
  dealers: ReportDealer[];
  /** The page says already that it could not be loaded. */
  told: boolean;
}

export default function FetchTable({ dealer, dealers, told }: Props) {
  const { t } = useTranslation("analytics");
  const query = useFetches(dealer);
  const names =
    dealer === undefined ? new Map(dealers.map((one) => [one.dealer_id, one.dealer_name])) : undefined;
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (told && query.isError && !query.data) {
    return null;
  }
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="fetches-title">
      <Title order={2} size="h4" id="fetches-title" mb="xs">
        {t("fetch.title")}
      </Title>
      {query.isPending && <TableSkeleton rows={4} />}
      {query.isError && !query.data && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && rows.length === 0 && (
        <EmptyState
          icon={<IconCloudDownload size={22} />}
          title={t("fetch.empty")}
          text={t("fetch.emptyHint")}
        />
      )}
      {rows.length > 0 && (
        <ScrollTable label={t("fetch.title")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("fetch.status")}</Table.Th>
              {names && <Table.Th>{t("dealer.label")}</Table.Th>}
              <Table.Th>{t("fetch.when")}</Table.Th>
              <Table.Th ta="right">{t("fetch.records")}</Table.Th>
              <Table.Th ta="right" visibleFrom="xs">
              {t("fetch.duration")}
            </Table.Th>
              <Table.Th visibleFrom="sm">{t("fetch.error")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Rows rows={rows} names={names} />
          </Table.Tbody>
        </ScrollTable>
      )}
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
    </Paper>
  );
}

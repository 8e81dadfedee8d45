/* Dealers side by side: as a ranking with totals, or as lines in one measure. */
import { Alert, Box, Container, Group, Paper, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconBuildingStore, IconClockExclamation } from "@tabler/icons-react";
import { useHotkeys } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useFormat } from "@shared/format/useFormat";
import { CsvLink } from "@shared/widgets/CsvLink";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { PageTitle } from "@shared/widgets/PageTitle";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { CompareSelect } from "../filters/CompareSelect";
import { RangePicker } from "../filters/RangePicker";
import { useReportDealers } from "../dashboard/useReport";
import { DealersSelect } from "./DealersSelect";
import { GroupLines } from "./GroupLines";
import { GroupTable } from "./GroupTable";
import { useGroup, useGroupFilters } from "./useGroup";
import "./texts";

function Filters({ filters, today }: { filters: ReturnType<typeof useGroupFilters>; today: string }) {
  const list = useReportDealers().data?.items ?? [];
  return (
    <Group align="flex-end" justify="space-between" gap="sm" className="no-print">
      <DealersSelect dealers={list} value={filters.dealers} onChange={filters.setDealers} />
      <Group align="flex-end" gap="sm" w={{ base: "100%", sm: "auto" }}>
        <Box w={{ base: "100%", sm: "auto" }}>
          <RangePicker value={filters.range} today={today} onChange={filters.setRange} />
        </Box>
        <CompareSelect value={filters.compare} disabled={false} onChange={filters.setCompare} />
      </Group>
    </Group>
  );
}

export default function GroupPage() {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const filters = useGroupFilters();
  const { query, ask, today, clamped } = useGroup(filters);
  useHotkeys([["r", () => void query.refetch()]]);
  const report = query.data;
  const compared = filters.compare !== undefined;
  return (
    <Container size="var(--page-width)" px="md" py="md">
      <Stack gap="md">
        <PageTitle title={t("group.title")} text={t("group.subtitle")} />
        <Filters filters={filters} today={today} />
        {report?.stale && (
          <Alert color="yellow" variant="light" icon={<IconClockExclamation aria-hidden />} role="status">
            {t("group.stale")}
          </Alert>
        )}
        <Paper withBorder radius="lg" p="md" opacity={query.isPlaceholderData ? 0.55 : 1} aria-busy={query.isFetching}>
          <Group justify="space-between" gap="sm" mb="sm">
            <div>
              <Text size="sm">
                {format.window(ask.from, ask.to)}
                {report && (
                  <Text span inherit c="dimmed" data-zone={report.zone ?? ""}>
                    {" · "}
                    {report.zone ? t("zone.of", { zone: report.zone }) : t("zone.each")}
                  </Text>
                )}
              </Text>
              {clamped && (
                <Text size="xs" c="dimmed">
                  {t("group.clamped")}
                </Text>
              )}
            </div>
            <Group gap="md" className="no-print">
              <CsvLink text={t("group.csv")} route="/api/v1/report/group" query={ask} />
              <SegmentedControl
                aria-label={t("group.view")}
                data={[
                  { value: "table", label: t("group.table") },
                  { value: "lines", label: t("group.lines") },
                ]}
                value={filters.lines ? "lines" : "table"}
                onChange={(view) => filters.setLines(view === "lines")}
              />
            </Group>
          </Group>
          {query.isPending && <TableSkeleton rows={8} />}
          {query.isError && !report && (
            <ErrorNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
          )}
          {report && report.items.length === 0 && (
            <EmptyState
              icon={<IconBuildingStore size={22} />}
              title={t("group.none")}
              text={t("group.noneHint")}
            />
          )}
          {report && report.items.length > 0 && filters.lines && <GroupLines report={report} compared={compared} />}
          {report && report.items.length > 0 && !filters.lines && (
            <GroupTable
              report={report}
              compared={compared}
              sorting={filters.sorting}
              onSort={filters.setSorting}
            />
          )}
        </Paper>
      </Stack>
    </Container>
  );
}

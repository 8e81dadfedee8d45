/* All jobs, the latest first, by filters that live in the URL, and what can be done with all of them. */
import { Anchor, Box, Group, Paper, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconChevronRight, IconListCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Dealer, Job } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { useRights } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { Moment } from "@shared/widgets/Moment";
import { ScrollTable, TableSkeleton } from "@shared/widgets/ScrollTable";
import { BulkMenu } from "./BulkMenu";
import { CsvLink } from "./CsvLink";
import { HistoryFilters, useJobFilter } from "./HistoryFilters";
import { Duration, JobDealers, JobStateBadge } from "./JobWords";
import { isFiltered, toQuery } from "./jobFilter";
import { tasksDone } from "./progress";
import { useJobHistory } from "./useJobs";

interface Props {
  dealers: Dealer[];
  byCode: Map<string, Dealer>;
}

function Row({ job, byCode }: { job: Job; byCode: Map<string, Dealer> }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const { params } = useRoute();
  return (
    <Table.Tr data-job={job.id}>
      <Table.Td>
        <JobStateBadge state={job.state} />
      </Table.Td>
      <Table.Td>
        <JobDealers job={job} byCode={byCode} />
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {format.window(job.from, job.to)}
        </Text>
        {job.error_text && (
          <Text size="xs" c="dimmed" lineClamp={1} maw={320}>
            {job.error_text}
          </Text>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }} visibleFrom="sm">
        {format.window(job.from, job.to)}
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }} visibleFrom="md">
        {format.count(tasksDone(job))} / {format.count(job.tasks_total)}
      </Table.Td>
      <Table.Td ta="right" visibleFrom="sm">
        {format.count(job.rows_read)}
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }} visibleFrom="md">
        <Duration from={job.started_at} to={job.finished_at} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Moment at={job.created_at} />
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <Text size="sm" style={{ whiteSpace: "nowrap" }}>
          {job.requested_by}
        </Text>
        {job.kind && (
          <Text size="xs" c="dimmed">
            {t(`kind.${job.kind}`)}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right">
        <Anchor
          href={buildHash(`/jobs/${job.id}`, params)}
          size="sm"
          aria-label={t("job.detailsOf", { when: format.moment(job.created_at) })}
        >
          <Text span inherit visibleFrom="sm">
            {t("job.details")}
          </Text>
          <Box component="span" hiddenFrom="sm">
            <IconChevronRight size={20} aria-hidden />
          </Box>
        </Anchor>
      </Table.Td>
    </Table.Tr>
  );
}

function HistoryTable({ jobs, byCode }: { jobs: Job[]; byCode: Map<string, Dealer> }) {
  const { t } = useTranslation("admin");
  return (
    <ScrollTable label={t("job.history")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("job.state")}</Table.Th>
          <Table.Th>{t("job.dealers")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("job.period")}</Table.Th>
          <Table.Th ta="right" visibleFrom="md">
            {t("job.tasks")}
          </Table.Th>
          <Table.Th ta="right" visibleFrom="sm">
            {t("job.records")}
          </Table.Th>
          <Table.Th ta="right" visibleFrom="md">
            {t("job.duration")}
          </Table.Th>
          <Table.Th visibleFrom="sm">{t("job.created")}</Table.Th>
          <Table.Th visibleFrom="lg">{t("job.requestedBy")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("job.details")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map((job) => (
          <Row key={job.id} job={job} byCode={byCode} />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

export function JobHistory({ dealers, byCode }: Props) {
  const { t } = useTranslation("admin");
  const { filter, set } = useJobFilter();
  const rights = useRights();
  const query = useJobHistory(filter);
  const jobs = query.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = isFiltered(filter);
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="history">
      <Group justify="space-between" mb="sm" gap="sm">
        <Title order={2} size="h4" id="history">
          {t("job.history")}
        </Title>
        <Group gap="sm">
          <CsvLink route="/api/v1/jobs" query={toQuery(filter)} />
          {rights.operate && jobs.length > 0 && <BulkMenu filter={filter} mayRerun={rights.whole} />}
        </Group>
      </Group>
      <HistoryFilters dealers={dealers} filter={filter} set={set} />
      {query.isPending && <TableSkeleton />}
      {query.isError && !query.data && (
        <Stack>
          <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
        </Stack>
      )}
      {query.data && jobs.length === 0 && (
        <EmptyState
          icon={<IconListCheck size={22} />}
          title={t(filtered ? "job.noneFound" : "job.none")}
          text={t(filtered ? "job.noneFoundHint" : "job.noneHint")}
        />
      )}
      {jobs.length > 0 && <HistoryTable jobs={jobs} byCode={byCode} />}
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
    </Paper>
  );
}

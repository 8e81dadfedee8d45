/* One job in full: progress, figures, its tasks with their tries, when each ran, and the records set aside. */
import { Alert, Anchor, Box, Group, Paper, SimpleGrid, Stack, Tabs, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Suspense, lazy, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Job } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { Moment } from "@shared/widgets/Moment";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { useAllDealers } from "../dealers/useDealers";
import { PauseBanner } from "../pauses/PauseBanner";
import { ErrorMeaning } from "./ErrorMeaning";
import { JobActions } from "./JobActions";
import { JobProgress } from "./JobProgress";
import { Duration, JobDealers, JobStateBadge } from "./JobWords";
import { QuarantineList } from "./QuarantineList";
import { TaskTable } from "./TaskTable";
import { isOpen, tasksDone } from "./progress";
import { useJob, useJobEvents, useRunningTasks } from "./useJobs";
import { WaitingNotice } from "./WaitingNotice";
import "./texts";

const Timeline = lazy(() => import("./Timeline"));

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Box>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" fw={500} component="div" className="figures">
        {children}
      </Text>
    </Box>
  );
}

function Facts({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const priority = ([0, 1, 2, 3] as const).find((one) => one === job.priority);
  const running = [...useRunningTasks(job).values()];
  const bytes = running.reduce((all, task) => all + task.bytes, 0);
  const schedule = job.schedule_id;
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 6 }} spacing="md" verticalSpacing="sm">
      <Fact label={t("job.period")}>{format.window(job.from, job.to)}</Fact>
      <Fact label={t("job.duration")}>
        <Duration from={job.started_at} to={job.finished_at} />
      </Fact>
      <Fact label={t("job.created")}>
        <Moment at={job.created_at} />
      </Fact>
      <Fact label={t("job.requestedBy")}>{job.requested_by}</Fact>
      <Fact label={t("filter.kind")}>
        {job.kind && t(`kind.${job.kind}`)}
        {schedule !== undefined && (
          <>
            {" "}
            <Anchor href={buildHash(`/schedules/${schedule}`)} inherit>
              #{schedule}
            </Anchor>
          </>
        )}
      </Fact>
      <Fact label={t("job.priority")}>
        {priority === undefined ? job.priority : t(`job.priority${priority}`)}
      </Fact>
      <Fact label={t("job.records")}>{format.count(job.rows_read)}</Fact>
      <Fact label={t("job.rowsNew")}>{format.count(job.rows_new)}</Fact>
      <Fact label={t("job.rowsChanged")}>{format.count(job.rows_changed)}</Fact>
      <Fact label={t("job.rowsSame")}>{format.count(job.rows_same)}</Fact>
      <Fact label={t("job.quarantined")}>{format.count(job.rows_quarantined)}</Fact>
      {isOpen(job.state) ? (
        <Fact label={t("job.receiving")}>
          {t("job.callsRun", { count: running.length, n: format.count(running.length), bytes: format.bytes(bytes) })}
        </Fact>
      ) : (
        <Fact label={t("job.tasks")}>
          {format.count(tasksDone(job))} / {format.count(job.tasks_total)}
        </Fact>
      )}
    </SimpleGrid>
  );
}

function Lists({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
    <Paper withBorder radius="lg" p="md">
      <Tabs defaultValue="tasks" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="tasks">{t("job.tasksTab", { n: format.count(job.tasks_total) })}</Tabs.Tab>
          <Tabs.Tab value="timeline">{t("timeline.tab")}</Tabs.Tab>
          <Tabs.Tab value="quarantine">
            {t("job.quarantineTab", { n: format.count(job.rows_quarantined) })}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="tasks" pt="sm">
          <TaskTable job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="timeline" pt="sm">
          <Suspense fallback={<TableSkeleton />}>
            <Timeline job={job} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="quarantine" pt="sm">
          <QuarantineList job={job} />
        </Tabs.Panel>
      </Tabs>
    </Paper>
  );
}

function Details({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const { byCode } = useAllDealers();
  return (
    <>
      <Paper withBorder radius="lg" p="md">
        <Stack gap="md">
          <Group justify="space-between" gap="sm">
            <Group gap="sm">
              <JobStateBadge state={job.state} />
              <JobDealers job={job} byCode={byCode} />
            </Group>
            <JobActions job={job} />
          </Group>
          <JobProgress job={job} />
          <WaitingNotice job={job} />
          {job.error_code && (
            <Alert color="red" variant="light" title={job.error_code}>
              {job.error_text}
              <ErrorMeaning code={job.error_code} known={job.error_text} />
            </Alert>
          )}
          <Facts job={job} />
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {t("job.id", { id: job.id })}
          </Text>
        </Stack>
      </Paper>
      <Lists job={job} />
    </>
  );
}

export default function JobPage({ job: id }: { job: string }) {
  const { t } = useTranslation("admin");
  const { params } = useRoute();
  const query = useJob(id);
  useJobEvents();
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto" data-job-page={id}>
      <Stack gap={4} align="flex-start">
        <Anchor href={buildHash("/jobs", params)} size="sm" style={{ display: "inline-flex", alignItems: "center", gap: 4 }}>
          <IconArrowLeft size={16} aria-hidden />
          {t("job.back")}
        </Anchor>
        <Title order={1}>{t("job.drawerTitle")}</Title>
      </Stack>
      <PauseBanner />
      {query.isPending && <TableSkeleton rows={8} />}
      {query.isError && !query.data && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && <Details job={query.data} />}
    </Stack>
  );
}

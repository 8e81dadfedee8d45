/* One job in full: progress, figures, its tasks with their tries, and the records set aside. */
import { Alert, Box, Drawer, Group, SimpleGrid, Stack, Tabs, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer, Job } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { Moment } from "@shared/widgets/Moment";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { useKept } from "@shared/widgets/useKept";
import { ErrorMeaning } from "./ErrorMeaning";
import { JobActions } from "./JobActions";
import { JobProgress } from "./JobProgress";
import { Duration, JobDealers, JobStateBadge } from "./JobWords";
import { QuarantineList } from "./QuarantineList";
import { TaskTable } from "./TaskTable";
import { useJob } from "./useJobs";
import { WaitingNotice } from "./WaitingNotice";

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
  return (
    <SimpleGrid cols={{ base: 2, xs: 4 }} spacing="sm" verticalSpacing="sm">
      <Fact label={t("job.period")}>{format.window(job.from, job.to)}</Fact>
      <Fact label={t("job.duration")}>
        <Duration from={job.started_at} to={job.finished_at} />
      </Fact>
      <Fact label={t("job.created")}>
        <Moment at={job.created_at} />
      </Fact>
      <Fact label={t("job.requestedBy")}>{job.requested_by}</Fact>
      <Fact label={t("job.rowsNew")}>{format.count(job.rows_new)}</Fact>
      <Fact label={t("job.rowsChanged")}>{format.count(job.rows_changed)}</Fact>
      <Fact label={t("job.rowsSame")}>{format.count(job.rows_same)}</Fact>
      <Fact label={t("job.priority")}>
        {priority === undefined ? job.priority : t(`job.priority${priority}`)}
      </Fact>
    </SimpleGrid>
  );
}

function JobDetails({ job, byCode }: { job: Job; byCode: Map<string, Dealer> }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
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
      <Tabs defaultValue="tasks" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="tasks">
            {t("job.tasksTab", { n: format.count(job.tasks_total) })}
          </Tabs.Tab>
          <Tabs.Tab value="quarantine">
            {t("job.quarantineTab", { n: format.count(job.rows_quarantined) })}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="tasks" pt="sm">
          <TaskTable job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="quarantine" pt="sm">
          <QuarantineList job={job} />
        </Tabs.Panel>
      </Tabs>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {t("job.id", { id: job.id })}
      </Text>
    </Stack>
  );
}

interface Props {
  /** Id of the job; nothing while closed. */
  subject: string | undefined;
  byCode: Map<string, Dealer>;
  onClose: () => void;
}

export function JobDrawer({ subject, byCode, onClose }: Props) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  const query = useJob(shown);
  return (
    <Drawer
      opened={subject !== undefined}
      onClose={onClose}
      position="right"
      size="xl"
      title={t("job.drawerTitle")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {query.isPending && <TableSkeleton rows={8} />}
      {query.isError && !query.data && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && <JobDetails job={query.data} byCode={byCode} />}
    </Drawer>
  );
}

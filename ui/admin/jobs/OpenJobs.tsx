/* Jobs that wait or run, with live progress, each and all together. Nothing is shown when there are none. */
import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer, Job } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { CancelJob } from "./JobActions";
import { JobProgress, Pace } from "./JobProgress";
import { Duration, JobDealers, JobStateBadge } from "./JobWords";
import { isOpen, together } from "./progress";
import { useOpenJobs } from "./useJobs";

interface OpenProps {
  job: Job;
  byCode: Map<string, Dealer>;
  mayCancel: boolean;
}

function OpenJob({ job, byCode, mayCancel }: OpenProps) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const { params } = useRoute();
  return (
    <Stack gap={6} data-open-job={job.id}>
      <Group justify="space-between" gap="xs">
        <Group gap="sm">
          <JobStateBadge state={job.state} />
          <JobDealers job={job} byCode={byCode} />
          <Text size="sm" c="dimmed">
            {format.window(job.from, job.to)}
          </Text>
        </Group>
        <Group gap="sm">
          <Text size="sm" c="dimmed" className="figures">
            <Duration from={job.started_at} to={job.finished_at} />
          </Text>
          <Anchor href={buildHash(`/jobs/${job.id}`, params)} size="sm">
            {t("job.details")}
          </Anchor>
          {mayCancel && <CancelJob job={job} />}
        </Group>
      </Group>
      <JobProgress job={job} />
    </Stack>
  );
}

/** What all of them come to. */
function Together({ jobs }: { jobs: Job[] }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const { total, done, rows } = together(jobs);
  const started = jobs
    .map((job) => job.started_at)
    .filter((at) => at !== undefined)
    .sort()[0];
  return (
    <Text size="sm" c="dimmed" className="figures" data-together>
      {t("job.jobs", { count: jobs.length, n: format.count(jobs.length) })} ·{" "}
      <Pace started={started} done={done} total={total} rows={rows} />
      {t("job.tasksOf", { done: format.count(done), total: format.count(total) })}
    </Text>
  );
}

export function OpenJobs({ byCode, mayCancel }: Omit<OpenProps, "job">) {
  const { t } = useTranslation("admin");
  const jobs = (useOpenJobs().data?.items ?? []).filter((job) => isOpen(job.state));
  if (jobs.length === 0) {
    return null;
  }
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="open-jobs">
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={2} size="h4" id="open-jobs">
          {t("job.open")}
        </Title>
        {jobs.length > 1 && <Together jobs={jobs} />}
      </Group>
      <Stack gap="lg">
        {jobs.map((job) => (
          <OpenJob key={job.id} job={job} byCode={byCode} mayCancel={mayCancel} />
        ))}
      </Stack>
    </Paper>
  );
}

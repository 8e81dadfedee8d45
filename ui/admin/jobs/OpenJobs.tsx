/* Jobs that wait or run, with live progress. Nothing is shown when there are none. */
import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer, Job } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { JobProgress } from "./JobProgress";
import { Duration, JobDealers, JobStateBadge } from "./JobWords";
import { isOpen } from "./progress";
import { useOpenJobs } from "./useJobs";

function OpenJob({ job, byCode }: { job: Job; byCode: Map<string, Dealer> }) {
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
        </Group>
      </Group>
      <JobProgress job={job} />
    </Stack>
  );
}

export function OpenJobs({ byCode }: { byCode: Map<string, Dealer> }) {
  const { t } = useTranslation("admin");
  const jobs = (useOpenJobs().data?.items ?? []).filter((job) => isOpen(job.state));
  if (jobs.length === 0) {
    return null;
  }
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="open-jobs">
      <Title order={2} size="h4" id="open-jobs" mb="sm">
        {t("job.open")}
      </Title>
      <Stack gap="lg">
        {jobs.map((job) => (
          <OpenJob key={job.id} job={job} byCode={byCode} />
        ))}
      </Stack>
    </Paper>
  );
}

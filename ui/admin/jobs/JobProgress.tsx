/* A job's progress as a bar of its tasks: done, failed, running. Tasks are counted, never guessed. */
import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Job } from "@shared/api/types";
import { percentDone } from "@shared/format/numbers";
import { useFormat } from "@shared/format/useFormat";
import { isOpen, tasksDone } from "./progress";

export function JobProgress({ job, compact = false }: { job: Job; compact?: boolean }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const done = tasksDone(job);
  const share = (count: number) => (job.tasks_total > 0 ? (count / job.tasks_total) * 100 : 0);
  const text = t("job.tasksOf", { done: format.count(done), total: format.count(job.tasks_total) });
  return (
    <Stack gap={4} data-progress={percentDone(done, job.tasks_total)}>
      <Progress.Root
        size={compact ? 6 : 10}
        radius="xl"
        role="progressbar"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percentDone(done, job.tasks_total)}
        aria-label={text}
      >
        <Progress.Section value={share(job.tasks_succeeded)} color="teal" withAria={false} />
        <Progress.Section value={share(job.tasks_failed)} color="red" withAria={false} />
        <Progress.Section value={share(job.tasks_cancelled)} color="gray" withAria={false} />
        {isOpen(job.state) && (
          <Progress.Section
            value={share(job.tasks_leased)}
            color="brand.4"
            striped
            animated
            withAria={false}
          />
        )}
      </Progress.Root>
      <Group justify="space-between" gap="xs" className="figures">
        <Text size="xs" c="dimmed">
          {text}
        </Text>
        <Text size="xs" c="dimmed">
          {t("job.recordsRead", { count: job.rows_read, n: format.count(job.rows_read) })}
        </Text>
      </Group>
    </Stack>
  );
}

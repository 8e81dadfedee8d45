/*
 * A job's progress as a bar of its tasks: done, failed, running, with its rate and how long it takes
 * about. Tasks are counted, never guessed; the time left is an estimate from those that ended.
 */
import { Group, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Job } from "@shared/api/types";
import { percentDone } from "@shared/format/numbers";
import { useFormat, useNow } from "@shared/format/useFormat";
import { isOpen, roundSeconds, secondsLeft, tasksDone } from "./progress";
import { useRate } from "./useRate";

interface PaceProps {
  started: string | undefined;
  done: number;
  total: number;
  rows: number;
}

/** Records a second, and about how long it still takes. */
export function Pace({ started, done, total, rows }: PaceProps) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const now = useNow(1_000);
  const rate = useRate(rows, true);
  const left = secondsLeft(started, done, total, now);
  const facts = [
    rate === undefined ? "" : t("job.rate", { n: format.count(Math.round(rate)) }),
    left === undefined ? "" : t("job.left", { time: format.duration(roundSeconds(left)) }),
  ].filter(Boolean);
  return facts.length > 0 ? <span data-pace>{`${facts.join(" · ")} · `}</span> : null;
}

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
          {job.state === "running" && (
            <Pace started={job.started_at} done={done} total={job.tasks_total} rows={job.rows_read} />
          )}
          {t("job.recordsRead", { count: job.rows_read, n: format.count(job.rows_read) })}
        </Text>
      </Group>
    </Stack>
  );
}

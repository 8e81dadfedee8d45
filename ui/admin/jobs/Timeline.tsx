/* When each call of a job ran and where its time went, try by try, on one scale of time. */
import { Group, Loader, Stack, Text } from "@mantine/core";
import { IconTimeline } from "@tabler/icons-react";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attempt, Job, Task } from "@shared/api/types";
import { useFormat, useNow } from "@shared/format/useFormat";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { JobStateBadge } from "./JobWords";
import { PHASES, placeOn, readySince, scaleOf, segmentsOf, type Scale, type Segment } from "./timeline";
import { attemptsQuery, useTasks } from "./useJobs";
import "./timeline.css";

const SHOWN = 15;

interface Try {
  task: Task;
  attempt: Attempt;
  segments: Segment[];
}

function Legend() {
  const { t } = useTranslation("admin");
  return (
    <Group component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label={t("coverage.legend")}>
      {PHASES.map((phase) => (
        <Group component="li" gap={6} key={phase} wrap="nowrap">
          <span className="timeline-sign" data-part={phase} aria-hidden />
          <Text size="xs">{t(`timeline.${phase}`)}</Text>
        </Group>
      ))}
    </Group>
  );
}

function Bar({ one, scale }: { one: Try; scale: Scale }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const parts = one.segments
    .map(({ phase, from, to }) => `${t(`timeline.${phase}`)} ${format.duration((to - from) / 1000)}`)
    .join(" · ");
  return (
    <Stack gap={3} component="li" data-try={one.attempt.outcome}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {format.window(one.task.from, one.task.to)}
        </Text>
        <Text size="xs" c="dimmed">
          {one.task.dealer_id} · {t("attempt.number", { n: one.attempt.number })}
        </Text>
        <JobStateBadge state={one.attempt.outcome} />
        {one.attempt.error_code && <Text size="xs">{one.attempt.error_code}</Text>}
      </Group>
      <div className="timeline-track" aria-hidden>
        {one.segments.map((segment) => {
          const { left, width } = placeOn(scale, segment);
          return (
            <span
              key={segment.phase}
              className="timeline-part"
              data-part={segment.phase}
              style={{ left: `${left}%`, width: `${width}%` }}
            />
          );
        })}
      </div>
      <Text size="xs" c="dimmed" className="figures">
        {parts}
      </Text>
    </Stack>
  );
}

function useTries(tasks: Task[]): { tries: Try[]; pending: boolean; error: unknown } {
  const now = useNow(1_000);
  const queries = useQueries({ queries: tasks.map((task) => attemptsQuery(task)) });
  const tries = tasks.flatMap((task, at) => {
    const attempts = queries[at]?.data?.items ?? [];
    return attempts.map((attempt, nth) => ({
      task,
      attempt,
      segments: segmentsOf(attempt, readySince(task, attempts, nth), now),
    }));
  });
  return {
    tries,
    pending: queries.some((query) => query.isPending),
    error: queries.find((query) => query.isError)?.error,
  };
}

export default function Timeline({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const [shown, setShown] = useState(SHOWN);
  const query = useTasks(job.id, undefined);
  const tried = (query.data?.pages.flatMap((page) => page.items) ?? []).filter((task) => task.attempt > 0);
  const { tries, pending, error } = useTries(tried.slice(0, shown));
  if (query.isPending) {
    return <TableSkeleton />;
  }
  if (query.isError && !query.data) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (tried.length === 0) {
    return <EmptyState icon={<IconTimeline size={22} />} title={t("attempt.none")} text={t("timeline.noneHint")} />;
  }
  const scale = scaleOf(tries.map((one) => one.segments));
  const more = () => {
    setShown((now) => now + SHOWN);
    if (shown + SHOWN > tried.length && query.hasNextPage) {
      void query.fetchNextPage();
    }
  };
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="xs">
        <Legend />
        <Text size="xs" c="dimmed" className="figures">
          {t("timeline.scale", { time: format.duration((scale.to - scale.from) / 1000) })}
        </Text>
      </Group>
      {error !== undefined && <ErrorNotice error={error} />}
      {pending && tries.length === 0 && <Loader size="sm" aria-label={t("attempt.loading")} />}
      <Stack gap="sm" component="ol" m={0} p={0} style={{ listStyle: "none" }}>
        {tries.map((one) => (
          <Bar key={`${one.task.id}-${one.attempt.number}`} one={one} scale={scale} />
        ))}
      </Stack>
      <LoadMore shown={tried.length > shown || query.hasNextPage} busy={query.isFetchingNextPage} onMore={more} />
    </Stack>
  );
}

/* Small shared pieces of the schedule pages: dealers, next run, last result, who paused it. */
import { Anchor, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer, Schedule } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { Moment } from "@shared/widgets/Moment";
import { Soon } from "@shared/widgets/Soon";
import { StateBadge } from "@shared/widgets/StateBadge";
import { useFeeds } from "../jobs/feeds";
import { JobStateBadge } from "../jobs/JobWords";
import { useJob } from "../jobs/useJobs";

export function ScheduleDealers({ schedule, byCode }: { schedule: Schedule; byCode: Map<string, Dealer> }) {
  const { t } = useTranslation("admin");
  const feeds = useFeeds();
  const first = schedule.dealer_ids[0];
  const name = first === undefined ? "–" : (byCode.get(first)?.dealer_name ?? first);
  const dealers = schedule.all_dealers
    ? t("run.all")
    : schedule.dealer_ids.length > 1
      ? t("job.dealersMore", { name, count: schedule.dealer_ids.length - 1 })
      : name;
  return (
    <Stack gap={0}>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {dealers}
      </Text>
      <Text size="xs" c="dimmed">
        {schedule.feeds.map(feeds.name).join(", ")}
      </Text>
    </Stack>
  );
}

export function PausedBy({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
    <Group gap="xs">
      <StateBadge colour="yellow" text={t("schedule.paused")} state="paused" />
      <Text size="xs" c="dimmed">
        {schedule.paused_by && schedule.paused_at
          ? t("schedule.pausedBy", { who: schedule.paused_by, when: format.moment(schedule.paused_at) })
          : t("schedule.pausedHint")}
      </Text>
    </Group>
  );
}

/** The next run, from now and on the clock of its zone. */
export function NextRun({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const next = schedule.next_runs[0];
  if (!schedule.active || !next) {
    return (
      <Text size="sm" c="dimmed">
        {t("schedule.noNext")}
      </Text>
    );
  }
  return (
    <Stack gap={0}>
      <Text size="sm" component="div">
        <Soon at={schedule.next_fetch_at ?? next.at} />
      </Text>
      <Text size="xs" c="dimmed" className="figures">
        {format.moment(next.local)}
      </Text>
    </Stack>
  );
}

export function LastResult({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation("admin");
  const job = useJob(schedule.last_job_id).data;
  if (!schedule.last_job_id) {
    return (
      <Text size="sm" c="dimmed">
        {t("schedule.noLast")}
      </Text>
    );
  }
  return (
    <Stack gap={2} align="flex-start">
      {job && <JobStateBadge state={job.state} />}
      <Anchor href={buildHash(`/jobs/${schedule.last_job_id}`)} size="xs">
        {t("schedule.lastJob")} {job && <Moment at={job.created_at} />}
      </Anchor>
    </Stack>
  );
}

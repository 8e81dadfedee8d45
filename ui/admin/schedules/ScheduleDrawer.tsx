/* One schedule in full: its rules, its next runs, and what became of each of its ticks. */
import { Anchor, Code, Drawer, Group, List, Stack, Table, Text, Title } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Dealer, Schedule, Tick } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { Soon } from "@shared/widgets/Soon";
import { StateBadge } from "@shared/widgets/StateBadge";
import { useKept } from "@shared/widgets/useKept";
import { ErrorMeaning } from "../jobs/ErrorMeaning";
import { PausedBy, ScheduleDealers } from "./ScheduleWords";
import { useCronWords } from "./useCronWords";
import { useSchedule, useTicks } from "./useSchedules";

const TICK_COLOURS = { waiting: "blue", started: "teal", skipped: "yellow" } as const;
const REASONS = ["missed", "merged", "overlap", "queue_full"] as const;

function TickReason({ reason }: { reason: string }) {
  const { t } = useTranslation("admin");
  const known = REASONS.find((one) => one === reason);
  return known ? (
    <Text size="sm">{t(`tick.reasons.${known}`)}</Text>
  ) : (
    <>
      <Code>{reason}</Code>
      <ErrorMeaning code={reason} />
    </>
  );
}

function TickRow({ tick }: { tick: Tick }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
    <Table.Tr data-tick={tick.state}>
      <Table.Td style={{ verticalAlign: "top", whiteSpace: "nowrap" }}>{format.moment(tick.at)}</Table.Td>
      <Table.Td>
        <StateBadge colour={TICK_COLOURS[tick.state]} text={t(`tick.state.${tick.state}`)} state={tick.state} />
        {tick.reason && <TickReason reason={tick.reason} />}
        {tick.job_id && (
          <Anchor href={buildHash(`/jobs/${tick.job_id}`)} size="sm" display="block">
            {t("tick.job")}
          </Anchor>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Ticks({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation("admin");
  const query = useTicks(schedule.id);
  const ticks = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isPending) {
    return <TableSkeleton />;
  }
  if (query.isError && !query.data) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (ticks.length === 0) {
    return <EmptyState icon={<IconHistory size={22} />} title={t("tick.none")} text={t("tick.noneHint")} />;
  }
  return (
    <>
      <Table aria-label={t("schedule.ticks")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("tick.at")}</Table.Th>
            <Table.Th>{t("tick.what")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {ticks.map((tick) => (
            <TickRow key={tick.at} tick={tick} />
          ))}
        </Table.Tbody>
      </Table>
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
    </>
  );
}

function Rules({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const rules = [
    t(`schedule.catchUps.${schedule.catch_up}`),
    t(`schedule.policyRule.${schedule.overlap_policy}`),
    schedule.overlap_hours === undefined
      ? t("schedule.overlapAutoRule")
      : t("schedule.overlapOf", { count: schedule.overlap_hours }),
    schedule.jitter_seconds > 0
      ? t("schedule.jitterOf", { time: format.duration(schedule.jitter_seconds) })
      : "",
    t("schedule.madeBy", { who: schedule.created_by, when: format.moment(schedule.created_at) }),
  ].filter(Boolean);
  return (
    <List size="sm" c="dimmed" spacing={2}>
      {rules.map((rule) => (
        <List.Item key={rule}>{rule}</List.Item>
      ))}
    </List>
  );
}

function Details({ schedule, byCode }: { schedule: Schedule; byCode: Map<string, Dealer> }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const words = useCronWords();
  const jobs = new URLSearchParams({ schedule: String(schedule.id) });
  return (
    <Stack gap="md">
      <Stack gap={4}>
        <Text fw={600}>{words(schedule.cron, schedule.zone)}</Text>
        <Group gap="xs">
          <Code>{schedule.cron}</Code>
          <Text size="xs" c="dimmed">
            {schedule.zone}
          </Text>
        </Group>
        {!schedule.active && <PausedBy schedule={schedule} />}
      </Stack>
      <ScheduleDealers schedule={schedule} byCode={byCode} />
      <Rules schedule={schedule} />
      <Anchor href={buildHash("/jobs", jobs)} size="sm">
        {t("schedule.allJobs")}
      </Anchor>
      {schedule.next_runs.length > 0 && (
        <Stack gap={4}>
          <Title order={3} size="h5">
            {t("schedule.nextFive")}
          </Title>
          <List size="sm" listStyleType="none" className="figures">
            {schedule.next_runs.map((run) => (
              <List.Item key={run.at}>
                <Group gap="xs">
                  <span>{format.moment(run.local)}</span>
                  <Text span size="xs" c="dimmed">
                    <Soon at={run.at} />
                  </Text>
                </Group>
              </List.Item>
            ))}
          </List>
        </Stack>
      )}
      <Stack gap={4}>
        <Title order={3} size="h5">
          {t("schedule.ticks")}
        </Title>
        <Ticks schedule={schedule} />
      </Stack>
    </Stack>
  );
}

interface Props {
  /** Id of the schedule; nothing while closed. */
  subject: string | undefined;
  byCode: Map<string, Dealer>;
  onClose: () => void;
}

export default function ScheduleDrawer({ subject, byCode, onClose }: Props) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  const query = useSchedule(shown, subject !== undefined);
  return (
    <Drawer
      opened={subject !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={query.data?.name ?? t("schedule.one")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {query.isPending && <TableSkeleton rows={8} />}
      {query.isError && !query.data && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && <Details schedule={query.data} byCode={byCode} />}
    </Drawer>
  );
}

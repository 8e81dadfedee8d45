/* The schedules as a table; on a phone all of one stands in its first column. */
import { ActionIcon, Anchor, Box, Button, Group, Menu, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconDots, IconHistory, IconPencil, IconPlayerPause, IconPlayerPlay, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Dealer, Schedule } from "@shared/api/types";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { toastDone } from "@shared/widgets/toast";
import { useFaultToast } from "../jobs/useFaultToast";
import { LastResult, NextRun, PausedBy, ScheduleDealers } from "./ScheduleWords";
import { useCronWords } from "./useCronWords";
import { useRunSchedule, useSwitchSchedule } from "./useSchedules";

export interface ScheduleActions {
  onEdit: (schedule: Schedule) => void;
  onDelete: (schedule: Schedule) => void;
}

function RowMenu({ schedule, onEdit, onDelete }: { schedule: Schedule } & ScheduleActions) {
  const { t } = useTranslation("admin");
  const toastFault = useFaultToast();
  const turn = useSwitchSchedule();
  const { params } = useRoute();
  const Switch = schedule.active ? IconPlayerPause : IconPlayerPlay;
  const flip = () =>
    turn.mutate(schedule, {
      onSuccess: ({ name, active }) =>
        toastDone(t(active ? "schedule.resumed" : "schedule.nowPaused", { name })),
      onError: toastFault,
    });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          loading={turn.isPending}
          aria-label={t("dealer.actions", { name: schedule.name })}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onEdit(schedule)}>
          {t("dealer.edit")}
        </Menu.Item>
        <Menu.Item leftSection={<Switch size={16} aria-hidden />} onClick={flip}>
          {t(schedule.active ? "schedule.pause" : "schedule.resume")}
        </Menu.Item>
        <Menu.Item
          component="a"
          href={buildHash(`/schedules/${schedule.id}`, params)}
          leftSection={<IconHistory size={16} aria-hidden />}
        >
          {t("schedule.ticks")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="red.8"
          leftSection={<IconTrash size={16} aria-hidden />}
          onClick={() => onDelete(schedule)}
        >
          {t("schedule.delete")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function RunNow({ schedule }: { schedule: Schedule }) {
  const { t } = useTranslation("admin");
  const toastFault = useFaultToast();
  const run = useRunSchedule();
  const start = () =>
    run.mutate(schedule.id, {
      onSuccess: () => toastDone(t("schedule.started", { name: schedule.name })),
      onError: toastFault,
    });
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconPlayerPlay size={14} aria-hidden />}
      loading={run.isPending}
      onClick={start}
      aria-label={t("schedule.runNowOf", { name: schedule.name })}
    >
      {t("schedule.runNow")}
    </Button>
  );
}

interface RowProps extends ScheduleActions {
  schedule: Schedule;
  byCode: Map<string, Dealer>;
}

function Row({ schedule, byCode, ...actions }: RowProps) {
  const words = useCronWords();
  const { params } = useRoute();
  return (
    <Table.Tr data-schedule={schedule.id} data-active={schedule.active}>
      <Table.Td>
        <Stack gap={2}>
          <Anchor
            href={buildHash(`/schedules/${schedule.id}`, params)}
            size="sm"
            fw={600}
            c="var(--mantine-color-text)"
            style={{ overflowWrap: "anywhere" }}
          >
            {schedule.name}
          </Anchor>
          <Text size="sm" c="dimmed">
            {words(schedule.cron, schedule.zone)}
          </Text>
          {!schedule.active && <PausedBy schedule={schedule} />}
          <Stack gap={6} mt={4} hiddenFrom="md">
            <ScheduleDealers schedule={schedule} byCode={byCode} />
            <Group gap="lg" align="flex-start">
              <NextRun schedule={schedule} />
              <LastResult schedule={schedule} />
            </Group>
            <Box hiddenFrom="xs">
              <RunNow schedule={schedule} />
            </Box>
          </Stack>
        </Stack>
      </Table.Td>
      <Table.Td visibleFrom="md">
        <ScheduleDealers schedule={schedule} byCode={byCode} />
      </Table.Td>
      <Table.Td visibleFrom="md">
        <NextRun schedule={schedule} />
      </Table.Td>
      <Table.Td visibleFrom="md">
        <LastResult schedule={schedule} />
      </Table.Td>
      <Table.Td style={{ verticalAlign: "top" }}>
        <Group gap="xs" justify="flex-end" wrap="nowrap">
          <Box visibleFrom="xs">
            <RunNow schedule={schedule} />
          </Box>
          <RowMenu schedule={schedule} {...actions} />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

interface Props extends ScheduleActions {
  schedules: Schedule[];
  byCode: Map<string, Dealer>;
}

export function ScheduleTable({ schedules, ...rest }: Props) {
  const { t } = useTranslation("admin");
  return (
    <Table highlightOnHover aria-label={t("schedule.title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("schedule.when")}</Table.Th>
          <Table.Th visibleFrom="md">{t("job.dealers")}</Table.Th>
          <Table.Th visibleFrom="md">{t("schedule.next")}</Table.Th>
          <Table.Th visibleFrom="md">{t("schedule.last")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("dealer.actionsColumn")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {schedules.map((schedule) => (
          <Row key={schedule.id} schedule={schedule} {...rest} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

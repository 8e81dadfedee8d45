/* The tasks of a job; each opens to show its tries. */
import { ActionIcon, Button, Group, Select, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Job, Task } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { useRights } from "@shared/session/useMay";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { ScrollTable, TableSkeleton } from "@shared/widgets/ScrollTable";
import { toastDone } from "@shared/widgets/toast";
import { AttemptList } from "./AttemptList";
import { CsvLink } from "./CsvLink";
import { JobStateBadge } from "./JobWords";
import { useFaultToast } from "./useFaultToast";
import { useRerun, useRunningTasks, useTasks } from "./useJobs";

const TASK_STATES: Task["state"][] = ["queued", "leased", "succeeded", "failed", "cancelled"];
const COLUMNS = 7;

/** What the fetcher does with a running task. */
function TaskPhase({ task }: { task: Task }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  if (task.state !== "leased" || !task.phase) {
    return null;
  }
  const facts = [
    t(`phase.${task.phase}`),
    task.bytes > 0 ? format.bytes(task.bytes) : "",
    task.rows_parsed
      ? t("job.recordsRead", { count: task.rows_parsed, n: format.count(task.rows_parsed) })
      : "",
  ].filter(Boolean);
  return (
    <Text size="xs" c="dimmed" className="figures" data-phase={task.phase} title={task.fetcher}>
      {facts.join(" · ")}
    </Text>
  );
}

/** One call once more, as a job of its own. */
function RerunTask({ task, window }: { task: Task; window: string }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const toastFault = useFaultToast();
  const rerun = useRerun();
  const run = () =>
    rerun.mutate(
      { task_ids: [String(task.id)] },
      {
        onSuccess: ({ tasks }) => toastDone(t("job.rerunDone", { count: tasks, n: format.count(tasks) })),
        onError: toastFault,
      },
    );
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={rerun.isPending}
      disabled={rerun.isSuccess}
      onClick={run}
      aria-label={t("task.rerunOf", { window })}
    >
      {t("task.rerun")}
    </Button>
  );
}

interface RowProps {
  task: Task;
  severalDealers: boolean;
  mayRerun: boolean;
}

function Row({ task, severalDealers, mayRerun }: RowProps) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const window = format.window(task.from, task.to);
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <Fragment>
      <Table.Tr data-task={task.id}>
        <Table.Td w={36} pr={0}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-expanded={open}
            aria-label={t("task.tries", { window })}
            onClick={() => setOpen((now) => !now)}
          >
            <Chevron size={16} aria-hidden />
          </ActionIcon>
        </Table.Td>
        <Table.Td>
          <Text size="sm" style={{ whiteSpace: "nowrap" }}>
            {window}
          </Text>
          {severalDealers && (
            <Text size="xs" c="dimmed">
              {task.dealer_id}
            </Text>
          )}
        </Table.Td>
        <Table.Td>
          <JobStateBadge state={task.state} />
          <TaskPhase task={task} />
        </Table.Td>
        <Table.Td ta="right">{task.attempt}</Table.Td>
        <Table.Td ta="right">{format.count(task.rows_read)}</Table.Td>
        <Table.Td ta="right" visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>
          {task.bytes > 0 ? format.bytes(task.bytes) : "–"}
        </Table.Td>
        <Table.Td>
          <Text size="xs" c={task.error_code ? undefined : "dimmed"} miw={task.error_code ? 140 : 0}>
            {task.error_code ?? "–"}
          </Text>
          {mayRerun && task.state === "failed" && <RerunTask task={task} window={window} />}
        </Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={COLUMNS} bg="var(--mantine-color-default-hover)">
            <AttemptList task={task} />
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  );
}

export function TaskTable({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const { operate, whole } = useRights();
  const [state, setState] = useState<Task["state"]>();
  const query = useTasks(job.id, state);
  const running = useRunningTasks(job);
  const tasks = (query.data?.pages.flatMap((page) => page.items) ?? []).map(
    (task) => running.get(task.id) ?? task,
  );
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <CsvLink route="/api/v1/jobs/{job_id}/tasks" path={{ job_id: job.id }} query={{ state }} />
        <Select
          size="xs"
          aria-label={t("job.filterState")}
          placeholder={t("job.allStates")}
          data={TASK_STATES.map((one) => ({ value: one, label: t(`state.${one}`) }))}
          value={state ?? null}
          onChange={(value) => setState(TASK_STATES.find((one) => one === value))}
          clearable
          w={150}
        />
      </Group>
      {query.isPending && <TableSkeleton />}
      {query.isError && !query.data && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && tasks.length === 0 && (
        <Text size="sm" c="dimmed" ta="center" py="md">
          {t("task.none")}
        </Text>
      )}
      {tasks.length > 0 && (
        <ScrollTable label={t("job.tasks")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>
                <VisuallyHidden>{t("task.triesColumn")}</VisuallyHidden>
              </Table.Th>
              <Table.Th>{t("job.period")}</Table.Th>
              <Table.Th>{t("job.state")}</Table.Th>
              <Table.Th ta="right">{t("task.attempt")}</Table.Th>
              <Table.Th ta="right">{t("job.records")}</Table.Th>
              <Table.Th ta="right" visibleFrom="sm">
                {t("task.bytes")}
              </Table.Th>
              <Table.Th>{t("task.error")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tasks.map((task) => (
              <Row
                key={task.id}
                task={task}
                severalDealers={job.dealer_ids.length > 1}
                mayRerun={operate && whole}
              />
            ))}
          </Table.Tbody>
        </ScrollTable>
      )}
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
    </Stack>
  );
}

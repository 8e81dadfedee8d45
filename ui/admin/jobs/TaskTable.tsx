/* The tasks of a job; each opens to show its tries. */
import { ActionIcon, Group, Select, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Job, Task } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { ScrollTable, TableSkeleton } from "@shared/widgets/ScrollTable";
import { AttemptList } from "./AttemptList";
import { CsvLink } from "./CsvLink";
import { JobStateBadge } from "./JobWords";
import { useRunningTasks, useTasks } from "./useJobs";

const TASK_STATES: Task["state"][] = ["queued", "leased", "succeeded", "failed", "cancelled"];
const COLUMNS = 6;

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

function Row({ task, severalDealers }: { task: Task; severalDealers: boolean }) {
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
        <Table.Td>
          <Text size="xs" c={task.error_code ? undefined : "dimmed"} miw={task.error_code ? 140 : 0}>
            {task.error_code ?? "–"}
          </Text>
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
              <Table.Th>{t("task.error")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tasks.map((task) => (
              <Row key={task.id} task={task} severalDealers={job.dealer_ids.length > 1} />
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

/*
 * Runs again what failed, or cancels what is open, of all jobs that a filter finds. What it comes to
 * is told before. Failed calls that dealer and feed alone describe are one order to the server, and
 * one job; otherwise the jobs are taken one after the other.
 */
import { Alert, Button, Group, Loader, Modal, Progress, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apiPost } from "@shared/api/client";
import type { Job, Rerun } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice, useErrorText } from "@shared/widgets/ErrorNotice";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { asRerun, type JobFilter } from "./jobFilter";
import { useMatching, useRerun } from "./useJobs";

export type BulkAction = "rerun" | "cancel";

const STATES: Record<BulkAction, Job["state"][]> = {
  rerun: ["failed", "partial"],
  cancel: ["queued", "running"],
};

interface FormProps {
  action: BulkAction;
  filter: JobFilter;
  onClose: () => void;
}

interface ConfirmProps {
  action: BulkAction;
  busy: boolean;
  nothing: boolean;
  onGo: () => void;
  onClose: () => void;
}

function Confirm({ action, busy, nothing, onGo, onClose }: ConfirmProps) {
  const { t } = useTranslation("admin");
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose} data-autofocus>
        {t(nothing ? "form.close" : "form.cancel")}
      </Button>
      {!nothing && (
        <Button color={action === "cancel" ? "red.9" : undefined} loading={busy} onClick={onGo}>
          {t(action === "cancel" ? "bulk.cancelGo" : "bulk.rerunGo")}
        </Button>
      )}
    </Group>
  );
}

/** One order for all of it. */
function AtOnce({ input, onClose }: { input: NonNullable<ReturnType<typeof asRerun>>; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const rerun = useRerun();
  const query = useQuery({
    queryKey: ["matching", "calls", input],
    queryFn: (): Promise<Rerun> => apiPost("/api/v1/jobs/rerun", { ...input, dry_run: true }),
    gcTime: 0,
    retry: false,
  });
  const go = () =>
    rerun.mutate(input, {
      onSuccess: ({ tasks }) => {
        toastDone(t("job.rerunDone", { count: tasks, n: format.count(tasks) }));
        onClose();
      },
    });
  if (query.isPending) {
    return <Loader size="sm" aria-label={t("coverage.loading")} />;
  }
  if (query.isError) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  const found = query.data;
  const left = (["stored", "skipped", "gone"] as const)
    .filter((name) => found[name] > 0)
    .map((name) => t(`bulk.left.${name}`, { count: found[name], n: format.count(found[name]) }));
  return (
    <Stack gap="md" data-bulk={found.tasks}>
      <Text size="sm">
        {found.tasks > 0 ? t("bulk.calls", { count: found.tasks, n: format.count(found.tasks) }) : t("bulk.nothing.rerun")}
      </Text>
      {left.length > 0 && (
        <Text size="sm" c="dimmed">
          {t("bulk.leftOut", { list: left.join(", ") })}
        </Text>
      )}
      {rerun.error && <ErrorNotice error={rerun.error} />}
      <Confirm action="rerun" busy={rerun.isPending} nothing={found.tasks === 0} onGo={go} onClose={onClose} />
    </Stack>
  );
}

interface Done {
  done: number;
  faults: string[];
}

/** Job after job, however many fail. */
function useOneByOne(action: BulkAction) {
  const client = useQueryClient();
  const textOf = useErrorText();
  const [state, setState] = useState<Done>();
  const order = (job: Job) =>
    action === "cancel"
      ? apiPost("/api/v1/jobs/{id}/cancel", {}, { id: job.id })
      : apiPost("/api/v1/jobs/rerun", { job_id: job.id });
  const run = async (jobs: Job[]): Promise<Done> => {
    let now: Done = { done: 0, faults: [] };
    setState(now);
    for (const job of jobs) {
      const fault = await order(job).then(() => undefined, textOf);
      now = { done: now.done + 1, faults: fault ? [...now.faults, fault] : now.faults };
      setState(now);
    }
    await client.invalidateQueries({ queryKey: ["jobs"] });
    return now;
  };
  return { state, run };
}

function Faults({ faults }: { faults: string[] }) {
  const { t } = useTranslation("admin");
  return (
    <Alert color="red" variant="light" role="alert" title={t("bulk.faults", { count: faults.length })}>
      {[...new Set(faults)].slice(0, 3).join(" ")}
    </Alert>
  );
}

function OneByOne({ action, filter, onClose }: FormProps) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const query = useMatching(filter, STATES[action], true);
  const { state, run } = useOneByOne(action);
  const none = filter.state !== undefined && !STATES[action].includes(filter.state);
  const jobs = none ? [] : (query.data?.jobs ?? []).filter((job) => action === "cancel" || job.tasks_failed > 0);
  const go = () =>
    void run(jobs).then(({ done, faults }) => {
      if (faults.length === 0) {
        toastDone(t("bulk.done", { count: done, n: format.count(done) }));
        onClose();
      }
    });
  if (query.isError) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.isPending && !none) {
    return <Loader size="sm" aria-label={t("coverage.loading")} />;
  }
  const ended = state !== undefined && state.done === jobs.length;
  return (
    <Stack gap="md" data-bulk={jobs.length}>
      <Text size="sm">
        {jobs.length === 0
          ? t(`bulk.nothing.${action}`)
          : t(`bulk.${action}Jobs`, { count: jobs.length, n: format.count(jobs.length) })}
      </Text>
      {query.data?.more && (
        <Text size="sm" c="dimmed">
          {t("bulk.most", { count: jobs.length, n: format.count(jobs.length) })}
        </Text>
      )}
      {state && (
        <Progress
          value={(state.done / Math.max(1, jobs.length)) * 100}
          aria-label={t("bulk.progress", { done: state.done, total: jobs.length })}
        />
      )}
      {state && state.faults.length > 0 && <Faults faults={state.faults} />}
      <Confirm
        action={action}
        busy={state !== undefined && !ended}
        nothing={jobs.length === 0 || ended}
        onGo={go}
        onClose={onClose}
      />
    </Stack>
  );
}

interface Props {
  subject: BulkAction | undefined;
  filter: JobFilter;
  onClose: () => void;
}

export default function BulkModal({ subject, filter, onClose }: Props) {
  const { t } = useTranslation("admin");
  const action = useKept(subject);
  const atOnce = action === "rerun" ? asRerun(filter) : undefined;
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={action && t(action === "cancel" ? "bulk.cancel" : "bulk.rerun")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {atOnce && <AtOnce input={atOnce} onClose={onClose} />}
      {action && !atOnce && <OneByOne action={action} filter={filter} onClose={onClose} />}
    </Modal>
  );
}

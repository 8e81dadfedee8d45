/*
 * Queries and changes of jobs. Events move the shown figures on at once; what came or ended is read
 * again shortly after, and what is open now and then, so that the figures are right even if an event
 * went missing.
 */
import {
  keepPreviousData,
  queryOptions,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type QueryClient,
  type QueryKey,
} from "@tanstack/react-query";
import { useRef } from "react";
import { ApiError, apiGet, apiPost } from "@shared/api/client";
import type { Bulk, BulkInput, Job, JobInput, Reply, RerunInput, Task } from "@shared/api/types";
import { useLiveTopic, useRefreshOn, type LiveData } from "@shared/live/LiveProvider";
import { useRights } from "@shared/session/useMay";
import { toQuery, type JobFilter } from "./jobFilter";
import { isOpen, moveOn, readJobEvent } from "./progress";

type JobPage = Reply<"/api/v1/jobs", "get">;

const PER_PAGE = 20;
const TASKS_PER_PAGE = 50;
const REREAD_MS = 1_500;
/** Open jobs are read again now and then even without an event; whoever sees some dealers alone hears of no job of many. */
const OPEN_POLL_MS = 10_000;

/**
 * What has to be read again after an event. Progress is shown from the event itself; lists are read
 * again only when a job came or ended, and the tasks of a job while somebody looks at them.
 */
function staleAfter(client: QueryClient, data: LiveData): QueryKey[] {
  const event = readJobEvent(data);
  if (!event) {
    return [["jobs"]];
  }
  const open = client.getQueryData<JobPage>(["jobs", "open"])?.items;
  const known = open?.some((job) => job.id === event.id) ?? false;
  const tasks: QueryKey[] = [["jobs", "tasks", event.id]];
  if (isOpen(event.state) && known) {
    return tasks;
  }
  const lists: QueryKey[] = [...tasks, ["jobs", "open"], ["jobs", "history"]];
  return isOpen(event.state)
    ? lists
    : [...lists, ["jobs", "one", event.id], ["jobs", "quarantine", event.id], ["statistics"]];
}

/** Once a page: keeps every shown job up to date. */
export function useJobEvents(): void {
  const client = useQueryClient();
  useRefreshOn("job.changed", (data) => staleAfter(client, data), REREAD_MS);
  useLiveTopic("job.changed", (data) => {
    const event = readJobEvent(data);
    if (!event) {
      return;
    }
    client.setQueryData<Job>(["jobs", "one", event.id], (job) => job && moveOn(job, event));
    client.setQueriesData<JobPage>({ queryKey: ["jobs", "open"] }, (page) =>
      page ? { ...page, items: page.items.map((job) => moveOn(job, event)) } : page,
    );
    client.setQueriesData<InfiniteData<JobPage>>({ queryKey: ["jobs", "history"] }, (data) =>
      data
        ? {
            ...data,
            pages: data.pages.map((page) => ({
              ...page,
              items: page.items.map((job) => moveOn(job, event)),
            })),
          }
        : data,
    );
  });
}

/** Jobs that wait or run, the ones that run first. */
export function useOpenJobs() {
  const { whole } = useRights();
  return useQuery({
    queryKey: ["jobs", "open"],
    queryFn: async ({ signal }): Promise<JobPage> => {
      const [running, queued] = await Promise.all(
        (["running", "queued"] as const).map((state) =>
          apiGet("/api/v1/jobs", { query: { state: [state], limit: PER_PAGE }, signal }),
        ),
      );
      return { items: [...(running?.items ?? []), ...(queued?.items ?? [])] };
    },
    refetchInterval: (query) => (!whole || query.state.data?.items.length ? OPEN_POLL_MS : false),
  });
}

export function useJobHistory(filter: JobFilter) {
  const { whole } = useRights();
  return useInfiniteQuery({
    queryKey: ["jobs", "history", filter],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/jobs", {
        query: { ...toQuery(filter), limit: PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (last) => last,
    refetchInterval: whole ? false : OPEN_POLL_MS,
  });
}

export function useJob(id: string | undefined) {
  return useQuery({
    queryKey: ["jobs", "one", id],
    queryFn: ({ signal }) => apiGet("/api/v1/jobs/{id}", { path: { id: id ?? "" }, signal }),
    enabled: id !== undefined,
    refetchInterval: (query) =>
      query.state.data && isOpen(query.state.data.state) ? OPEN_POLL_MS : false,
  });
}

export function useTasks(job: string, state: Task["state"] | undefined) {
  return useInfiniteQuery({
    queryKey: ["jobs", "tasks", job, state],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/jobs/{job_id}/tasks", {
        path: { job_id: job },
        query: { state: state && [state], limit: TASKS_PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (last) => last,
  });
}

const RUNNING_POLL_MS = 1_000;
const NONE = new Map<number, Task>();

/** The tasks of a job that run now, by id, with what their fetchers do: read each second. */
export function useRunningTasks(job: Job): Map<number, Task> {
  const runs = isOpen(job.state) && job.tasks_leased > 0;
  const query = useQuery({
    queryKey: ["running", job.id],
    queryFn: async ({ signal }) => {
      const page = await apiGet("/api/v1/jobs/{job_id}/tasks", {
        path: { job_id: job.id },
        query: { state: ["leased"], limit: TASKS_PER_PAGE },
        signal,
      });
      return new Map(page.items.map((task) => [task.id, task]));
    },
    enabled: runs,
    refetchInterval: RUNNING_POLL_MS,
  });
  return (runs && query.data) || NONE;
}

/** The tries of a task; read anew when one was added or ended. */
export function attemptsQuery(task: Task) {
  return queryOptions({
    queryKey: ["attempts", task.id, task.attempt, task.state],
    queryFn: ({ signal }) =>
      apiGet("/api/v1/tasks/{task_id}/attempts", { path: { task_id: task.id }, signal }),
  });
}

export function useAttempts(task: Task) {
  return useQuery({ ...attemptsQuery(task), placeholderData: keepPreviousData });
}

export function useQuarantine(job: string) {
  return useInfiniteQuery({
    queryKey: ["jobs", "quarantine", job],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/quarantine", {
        query: { job_id: job, limit: TASKS_PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
  });
}

/**
 * What a job would do, told by the planner for a message as JSON; nothing while the form is not
 * complete or wrong.
 */
export function usePlan(input: string | undefined) {
  return useQuery({
    queryKey: ["plan", input],
    queryFn: () => apiPost("/api/v1/jobs/plan", JSON.parse(input ?? "{}") as JobInput),
    enabled: input !== undefined,
    retry: false,
    staleTime: 0,
  }).data;
}

/** Pages may come by plain HTTP, where browsers have no randomUUID. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** One key for one message: sent again after a lost answer, it is done once. */
function useKeyFor() {
  const sent = useRef({ body: "", key: "" });
  return (input: unknown) => {
    const body = JSON.stringify(input);
    if (sent.current.body !== body) {
      sent.current = { body, key: randomKey() };
    }
    return { headers: { "Idempotency-Key": sent.current.key } };
  };
}

export function useSubmitJob() {
  const client = useQueryClient();
  const keyFor = useKeyFor();
  return useMutation({
    mutationFn: (input: JobInput) => apiPost("/api/v1/jobs", input, {}, keyFor(input)),
    onSuccess: (job) => {
      client.setQueryData(["jobs", "one", job.id], job);
      return client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}

/** What would be done to all jobs of a filter. */
export function useBulkCount(action: Bulk["action"], filter: JobFilter) {
  return useQuery({
    queryKey: ["bulk", "count", action, filter],
    queryFn: () => apiPost("/api/v1/jobs/bulk", { action, ...toQuery(filter), dry_run: true }),
    gcTime: 0,
    retry: false,
  });
}

const BULK_POLL_MS = 500;
/** While it cannot be read. */
const BULK_RETRY_MS = 15_000;

function bulkPollMs({ status, data, error }: { status: string; data: Bulk | undefined; error: unknown }) {
  if (status !== "error") {
    return !data || data.state === "running" ? BULK_POLL_MS : false;
  }
  const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return refused ? false : BULK_RETRY_MS;
}

/** It is done in steps: how far it is, until the last one. */
export function useBulk(action: Bulk["action"], filter: JobFilter) {
  const client = useQueryClient();
  const keyFor = useKeyFor();
  const order = useMutation({
    mutationFn: (expected: number) => {
      const input: BulkInput = { action, ...toQuery(filter), expected };
      return apiPost("/api/v1/jobs/bulk", input, {}, keyFor(input));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const id = order.data?.id;
  const rest = useQuery({
    queryKey: ["bulk", "one", id],
    queryFn: ({ signal }) => apiGet("/api/v1/jobs/bulk/{id}", { path: { id: id ?? "" }, signal }),
    enabled: order.data?.state === "running",
    refetchInterval: (query) => bulkPollMs(query.state),
    gcTime: 0,
  });
  return { order, rest, told: rest.data ?? order.data };
}

export function useCancelJob() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => apiPost("/api/v1/jobs/{id}/cancel", {}, { id }),
    onSuccess: (job) => {
      client.setQueryData(["jobs", "one", job.id], job);
      return client.invalidateQueries({ queryKey: ["jobs"] });
    },
  });
}

/** Runs failed calls again, as a job of their own: those of a job, some, or all of a filter. */
export function useRerun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: RerunInput) => apiPost("/api/v1/jobs/rerun", input),
    onSuccess: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

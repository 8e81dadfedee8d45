/*
 * Progress of a job, and how an event moves it on. Pure.
 */
import type { Job } from "@shared/api/types";

export type JobState = Job["state"];

export const STATES: JobState[] = [
  "queued",
  "running",
  "succeeded",
  "partial",
  "failed",
  "cancelled",
];

export const STATE_COLOURS: Record<string, string> = {
  queued: "gray",
  leased: "blue",
  running: "blue",
  succeeded: "teal",
  partial: "yellow",
  failed: "red",
  lost: "orange",
  released: "gray",
  cancelled: "gray",
};

export function isOpen(state: JobState): boolean {
  return state === "queued" || state === "running";
}

export function tasksDone(job: Job): number {
  return job.tasks_succeeded + job.tasks_failed + job.tasks_cancelled;
}

/** The fields of a job.changed event that the pages use. */
export interface JobEvent {
  id: string;
  state: JobState;
  tasks_total: number;
  tasks_done: number;
  tasks_failed: number;
  rows_read: number;
  /** Told by newer schedulers alone. */
  tasks_leased?: number;
  tasks_cancelled?: number;
  rows_new?: number;
}

export function readJobEvent(data: Record<string, unknown>): JobEvent | undefined {
  const number = (name: string) => (typeof data[name] === "number" ? (data[name] as number) : -1);
  const event: JobEvent = {
    id: typeof data["id"] === "string" ? data["id"] : "",
    state: data["state"] as JobState,
    tasks_total: number("tasks_total"),
    tasks_done: number("tasks_done"),
    tasks_failed: number("tasks_failed"),
    rows_read: number("rows_read"),
  };
  for (const name of ["tasks_leased", "tasks_cancelled", "rows_new"] as const) {
    if (number(name) >= 0) {
      event[name] = number(name);
    }
  }
  const whole = event.tasks_total >= 0 && event.tasks_done >= 0 && event.tasks_failed >= 0;
  return event.id && STATES.includes(event.state) && whole && event.rows_read >= 0
    ? event
    : undefined;
}

/**
 * The job after an event. Events may arrive late or twice: what would move it backwards is left
 * out, and an ended job stays ended.
 */
export function moveOn(job: Job, event: JobEvent): Job {
  const done = tasksDone(job);
  if (event.id !== job.id || !isOpen(job.state) || event.tasks_done < done) {
    return job;
  }
  const failed = Math.max(job.tasks_failed, event.tasks_failed);
  const cancelled = Math.max(job.tasks_cancelled, event.tasks_cancelled ?? 0);
  const succeeded = Math.max(0, event.tasks_done - failed - cancelled);
  const left = Math.max(0, event.tasks_total - event.tasks_done);
  const leased = Math.min(event.tasks_leased ?? job.tasks_leased, left);
  return {
    ...job,
    state: job.state === "running" && event.state === "queued" ? job.state : event.state,
    tasks_total: event.tasks_total,
    tasks_succeeded: succeeded,
    tasks_failed: failed,
    tasks_cancelled: cancelled,
    tasks_leased: leased,
    tasks_queued: left - leased,
    rows_read: Math.max(job.rows_read, event.rows_read),
    rows_new: Math.max(job.rows_new, event.rows_new ?? 0),
  };
}

/** What several jobs come to together. */
export function together(jobs: Job[]) {
  const sum = (of: (job: Job) => number) => jobs.reduce((all, job) => all + of(job), 0);
  return {
    total: sum((job) => job.tasks_total),
    done: sum(tasksDone),
    rows: sum((job) => job.rows_read),
  };
}

/**
 * Seconds until the rest is done if it goes on as it did, by the tasks that ended since `started`;
 * nothing before the first of them.
 */
export function secondsLeft(
  started: string | undefined,
  done: number,
  total: number,
  now: number,
): number | undefined {
  const elapsed = started === undefined ? 0 : (now - new Date(started).getTime()) / 1000;
  return done > 0 && done < total && elapsed > 0 ? (elapsed / done) * (total - done) : undefined;
}

/** About: no more digits than an estimate has. */
export function roundSeconds(seconds: number): number {
  const step = seconds < 10 ? 1 : seconds < 60 ? 5 : seconds < 600 ? 30 : 300;
  return Math.max(1, Math.round(seconds / step) * step);
}

export interface Sample {
  at: number;
  rows: number;
}

const RATE_MS = 12_000;
const LEAST_MS = 1_500;

/** The samples with another one, those of the last seconds alone. */
export function addSample(samples: Sample[], next: Sample): Sample[] {
  const kept = samples.filter((one) => one.at > next.at - RATE_MS && one.rows <= next.rows);
  return [...kept, next];
}

/** Rows a second; nothing while too little is known. */
export function rateOf(samples: Sample[]): number | undefined {
  const first = samples[0];
  const last = samples[samples.length - 1];
  return first && last && last.at - first.at >= LEAST_MS
    ? ((last.rows - first.rows) / (last.at - first.at)) * 1000
    : undefined;
}

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
  const succeeded = Math.max(0, event.tasks_done - failed - job.tasks_cancelled);
  const left = Math.max(0, event.tasks_total - event.tasks_done);
  const leased = Math.min(job.tasks_leased, left);
  return {
    ...job,
    state: job.state === "running" && event.state === "queued" ? job.state : event.state,
    tasks_total: event.tasks_total,
    tasks_succeeded: succeeded,
    tasks_failed: failed,
    tasks_leased: leased,
    tasks_queued: left - leased,
    rows_read: Math.max(job.rows_read, event.rows_read),
  };
}

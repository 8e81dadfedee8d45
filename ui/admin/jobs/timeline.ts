/*
 * Tries of calls as bars on one scale of time: waiting, name, connection, first byte, receiving,
 * storing, or ending. Pure.
 */
import type { Attempt, Task } from "@shared/api/types";

export const PHASES = ["waiting", "dns", "connect", "first_byte", "receiving", "storing", "ending"] as const;
export type Phase = (typeof PHASES)[number];

export interface Segment {
  phase: Phase;
  from: number;
  to: number;
}

const LAST: Partial<Record<Attempt["outcome"], Phase>> = { succeeded: "storing", leased: "receiving" };

const ms = (at: string) => new Date(at).getTime();

/** When what came before a try ended: the try before it, else the task was queued. */
export function readySince(task: Task, attempts: Attempt[], at: number): number | undefined {
  const before = attempts[at - 1];
  const since = before ? before.finished_at : task.created_at;
  return since === undefined ? undefined : ms(since);
}

/**
 * The parts of a try, in milliseconds since 1970. The times of a call count from its begin; what a
 * try took beyond its call was storing, or, where it came to nothing, until that was told.
 */
export function segmentsOf(attempt: Attempt, ready: number | undefined, now: number): Segment[] {
  const start = ms(attempt.started_at);
  const end = Math.max(start, attempt.finished_at === undefined ? now : ms(attempt.finished_at));
  const segments: Segment[] = [];
  const add = (phase: Phase, from: number, to: number) => {
    if (to > from) {
      segments.push({ phase, from, to });
    }
  };
  if (ready !== undefined) {
    add("waiting", ready, start);
  }
  const marks: [Phase, number | undefined][] = [
    ["dns", attempt.dns_ms],
    ["connect", attempt.connect_ms],
    ["first_byte", attempt.first_byte_ms],
    ["receiving", attempt.total_ms],
  ];
  let at = start;
  for (const [phase, after] of marks) {
    if (after !== undefined) {
      const to = Math.min(Math.max(at, start + after), end);
      add(phase, at, to);
      at = to;
    }
  }
  add(LAST[attempt.outcome] ?? "ending", at, end);
  return segments;
}

export interface Scale {
  from: number;
  to: number;
}

/** From the first try to the end of the last; waiting that began earlier is cut off. */
export function scaleOf(tries: Segment[][]): Scale {
  const work = tries.flat().filter((one) => one.phase !== "waiting");
  const from = Math.min(...work.map((one) => one.from));
  const to = Math.max(...work.map((one) => one.to));
  return work.length === 0 ? { from: 0, to: 1 } : { from, to: Math.max(to, from + 1) };
}

/** Left edge and width in percent of the scale. */
export function placeOn(scale: Scale, { from, to }: Segment): { left: number; width: number } {
  const share = (at: number) =>
    ((Math.min(Math.max(at, scale.from), scale.to) - scale.from) / (scale.to - scale.from)) * 100;
  return { left: share(from), width: share(to) - share(from) };
}

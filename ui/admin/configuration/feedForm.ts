/*
 * The form of a feed without its looks: its numbers with their limits, what is sent, and what it means. Pure.
 */
import type { FeedChange, FeedPolicy } from "@shared/api/types";

export const NUMBERS = [
  { name: "max_attempts", least: 1, most: 100, unit: "tries" },
  { name: "retry_base_ms", least: 1, most: 600_000, unit: "ms" },
  { name: "retry_cap_ms", least: 1, most: 86_400_000, unit: "ms" },
  { name: "deadline_minutes", least: 1, most: 525_600, unit: "minutes" },
] as const;

export type FeedNumber = (typeof NUMBERS)[number];
export type NumberName = FeedNumber["name"];
/** An empty box: the usual number. */
export type FeedValues = Record<NumberName, number | string>;

export const usualOf = (feed: FeedPolicy, name: NumberName): number => feed[`usual_${name}`];

export function firstValues(feed: FeedPolicy): FeedValues {
  return {
    max_attempts: feed.max_attempts ?? "",
    retry_base_ms: feed.retry_base_ms ?? "",
    retry_cap_ms: feed.retry_cap_ms ?? "",
    deadline_minutes: feed.deadline_minutes ?? "",
  };
}

export function isNumberGood(value: number | string, { least, most }: FeedNumber): boolean {
  return value === "" || (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most);
}

/** Only what changed; 0 is the usual number. */
export function toChange(values: FeedValues, feed: FeedPolicy): FeedChange {
  const first = firstValues(feed);
  const changed = NUMBERS.filter(({ name }) => values[name] !== first[name]);
  return Object.fromEntries(changed.map(({ name }) => [name, values[name] === "" ? 0 : values[name]]));
}

/** The values once the feed was read again: what was typed stays, the rest is what is stored by now. */
export function carryOver(values: FeedValues, before: FeedPolicy, now: FeedPolicy): FeedValues {
  const was = firstValues(before);
  const typed = NUMBERS.filter(({ name }) => values[name] !== was[name]);
  return { ...firstValues(now), ...Object.fromEntries(typed.map(({ name }) => [name, values[name]])) };
}

/** What holds with these values. */
export function holds(values: FeedValues, feed: FeedPolicy): Record<NumberName, number> {
  const of = (name: NumberName) => (typeof values[name] === "number" ? values[name] : usualOf(feed, name));
  return {
    max_attempts: of("max_attempts"),
    retry_base_ms: of("retry_base_ms"),
    retry_cap_ms: of("retry_cap_ms"),
    deadline_minutes: of("deadline_minutes"),
  };
}

/** The waits between the tries, in seconds: the first ones, and whether there are more. */
export function waits(policy: Record<NumberName, number>, shown: number): { seconds: number[]; more: boolean } {
  const count = Math.min(policy.max_attempts - 1, shown);
  const seconds = Array.from({ length: count }, (_, i) =>
    Math.min(policy.retry_base_ms * 2 ** i, policy.retry_cap_ms) / 1000,
  );
  return { seconds, more: policy.max_attempts - 1 > count };
}

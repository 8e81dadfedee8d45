/*
 * The form that runs a job, without its looks. Pure.
 */
import type { JobInput } from "@shared/api/types";
import { addDays, isDay } from "@shared/format/days";

export type Only = NonNullable<JobInput["only"]>;
export const ONLY: Only[] = ["all", "missing_failed", "missing"];

/** As usual: normal, or after others where holes are filled. */
export const USUAL_PRIORITY = "usual";

/** What a form starts with. */
export interface RunSubject {
  dealer?: string;
  dealers?: string[];
  all?: boolean;
  from?: string;
  to?: string;
  only?: Only;
}

export interface RunValues {
  scope: "chosen" | "all";
  dealers: string[];
  feeds: string[];
  period: [string | null, string | null];
  only: Only;
  /** Empty: as long as the quota that is left makes sensible. */
  slice_hours: number | string;
  priority: string;
}

export type RunField = "dealers" | "feeds" | "period" | "only" | "slice_hours" | "priority";

/** Fields of the message, by the input that shows them. */
export const RUN_FIELDS: Record<string, RunField> = {
  dealer_ids: "dealers",
  all_dealers: "dealers",
  feeds: "feeds",
  from: "period",
  to: "period",
  only: "only",
  slice_hours: "slice_hours",
  priority: "priority",
};

/** Ranges that people ask for most; today is left out, since its day is not over. */
export function quickPeriods(today: string): { key: string; days: number; period: [string, string] }[] {
  return [
    { key: "yesterday", days: 1 },
    { key: "week", days: 7 },
    { key: "month", days: 29 },
  ].map(({ key, days }) => ({
    key,
    days,
    period: [addDays(today, -days), addDays(today, -1)],
  }));
}

export function firstValues(subject: RunSubject, today: string): RunValues {
  return {
    scope: subject.all ? "all" : "chosen",
    dealers: subject.dealers ?? (subject.dealer ? [subject.dealer] : []),
    feeds: ["prsp"],
    period: [subject.from ?? addDays(today, -7), subject.to ?? addDays(today, -1)],
    only: subject.only ?? "all",
    slice_hours: "",
    priority: USUAL_PRIORITY,
  };
}

/** For who may see some dealers alone: all of them, by name. */
export function named(subject: RunSubject, dealers: string[]): RunSubject {
  return subject.all ? { ...subject, all: false, dealers } : subject;
}

export function sliceFits(hours: number | string): boolean {
  return hours === "" || (Number(hours) >= 1 && Number(hours) <= 168);
}

/** Whether it can be asked what the job would do. */
export function isComplete(values: RunValues, activeDealers: number): boolean {
  const dealers = values.scope === "all" ? activeDealers : values.dealers.length;
  return (
    dealers > 0 &&
    values.feeds.length > 0 &&
    isDay(values.period[0]) &&
    isDay(values.period[1]) &&
    sliceFits(values.slice_hours)
  );
}

/** Whole days on the upstream's clock, both ends in it. */
export function toMessage(values: RunValues): JobInput {
  const [from, to] = values.period;
  const message: JobInput = {
    feeds: values.feeds,
    from: `${from} 00:00:00`,
    to: `${to} 23:59:59`,
    ...(values.only === "all" ? {} : { only: values.only }),
    ...(values.priority === USUAL_PRIORITY ? {} : { priority: Number(values.priority) }),
    ...(values.slice_hours === "" ? {} : { slice_hours: Number(values.slice_hours) }),
  };
  return values.scope === "all"
    ? { ...message, all_dealers: true }
    : { ...message, dealer_ids: values.dealers };
}

/**
 * The period after a day was pointed at: the first one begins it, a later one ends it, an earlier one
 * begins anew.
 */
export function pointAt(period: RunValues["period"], day: string): RunValues["period"] {
  const [from, to] = period;
  return from !== null && to === null && day >= from ? [from, day] : [day, null];
}

/*
 * The form that runs a job, without its looks. Pure.
 */
import type { JobInput } from "@shared/api/types";
import { addDays, isDay } from "@shared/format/days";

export interface RunValues {
  scope: "chosen" | "all";
  dealers: string[];
  period: [string | null, string | null];
  /** Empty: as long as the quota that is left makes sensible. */
  slice_hours: number | string;
  priority: string;
}

export type RunField = "dealers" | "period" | "slice_hours" | "priority";

/** Fields of the message, by the input that shows them. */
export const RUN_FIELDS: Record<string, RunField> = {
  dealer_ids: "dealers",
  all_dealers: "dealers",
  from: "period",
  to: "period",
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

export function firstValues(dealer: string | undefined, today: string): RunValues {
  return {
    scope: "chosen",
    dealers: dealer ? [dealer] : [],
    period: [addDays(today, -7), addDays(today, -1)],
    slice_hours: "",
    priority: "0",
  };
}

export function sliceFits(hours: number | string): boolean {
  return hours === "" || (Number(hours) >= 1 && Number(hours) <= 168);
}

/** Whether it can be asked what the job would do. */
export function isComplete(values: RunValues, activeDealers: number): boolean {
  const dealers = values.scope === "all" ? activeDealers : values.dealers.length;
  return dealers > 0 && isDay(values.period[0]) && isDay(values.period[1]) && sliceFits(values.slice_hours);
}

/** Whole days on the upstream's clock, both ends in it. */
export function toMessage(values: RunValues): JobInput {
  const [from, to] = values.period;
  const message: JobInput = {
    feeds: ["prsp"],
    from: `${from} 00:00:00`,
    to: `${to} 23:59:59`,
    priority: Number(values.priority),
    ...(values.slice_hours === "" ? {} : { slice_hours: Number(values.slice_hours) }),
  };
  return values.scope === "all"
    ? { ...message, all_dealers: true }
    : { ...message, dealer_ids: values.dealers };
}

/*
 * The form of an upstream without its looks: its fields with their limits, and what is sent. Pure.
 */
import type { Upstream, UpstreamChange } from "@shared/api/types";

export type NumberName =
  | "quota"
  | "quota_reserve"
  | "calls_per_minute"
  | "burst"
  | "concurrency"
  | "credential_concurrency"
  | "dealer_concurrency"
  | "connect_timeout_ms"
  | "first_byte_timeout_ms"
  | "body_timeout_ms"
  | "total_timeout_ms"
  | "max_body_bytes"
  | "max_days"
  | "history_days"
  | "overlap_hours"
  | "breaker_failures"
  | "breaker_seconds";

export interface NumberField {
  name: NumberName;
  least: number;
  most: number;
  unit: "calls" | "percent" | "ms" | "bytes" | "days" | "hours" | "seconds";
  /** An empty box means that there is no limit; the server takes 0 for it. */
  none?: true;
  /** What the server takes for a new one that leaves it out; nothing where that is no limit. */
  usual?: number;
}

/** In the order of the form, by its parts. */
export const NUMBERS: Record<"limits" | "times" | "windows" | "breaker", NumberField[]> = {
  limits: [
    { name: "quota", least: 1, most: 1e9, unit: "calls", none: true },
    { name: "quota_reserve", least: 0, most: 100, unit: "percent", usual: 20 },
    { name: "calls_per_minute", least: 1, most: 1e6, unit: "calls", none: true },
    { name: "burst", least: 1, most: 10_000, unit: "calls", usual: 10 },
    { name: "concurrency", least: 1, most: 1000, unit: "calls", usual: 8 },
    { name: "credential_concurrency", least: 1, most: 10_000, unit: "calls", none: true },
    { name: "dealer_concurrency", least: 1, most: 10_000, unit: "calls", none: true },
  ],
  times: [
    { name: "connect_timeout_ms", least: 100, most: 600_000, unit: "ms", usual: 5000 },
    { name: "first_byte_timeout_ms", least: 100, most: 600_000, unit: "ms", usual: 30_000 },
    { name: "body_timeout_ms", least: 100, most: 600_000, unit: "ms", usual: 15_000 },
    { name: "total_timeout_ms", least: 100, most: 3_600_000, unit: "ms", usual: 60_000 },
    { name: "max_body_bytes", least: 1024, most: 2 ** 30, unit: "bytes", usual: 2 ** 26 },
  ],
  windows: [
    { name: "max_days", least: 1, most: 366, unit: "days", usual: 7 },
    { name: "history_days", least: 1, most: 3660, unit: "days", usual: 30 },
    { name: "overlap_hours", least: 0, most: 168, unit: "hours", usual: 24 },
  ],
  breaker: [
    { name: "breaker_failures", least: 1, most: 10_000, unit: "calls", usual: 10 },
    { name: "breaker_seconds", least: 1, most: 86_400, unit: "seconds", usual: 30 },
  ],
};

export const ALL_NUMBERS = Object.values(NUMBERS).flat();
export const SWITCHES = ["group_calls", "allow_private", "simulated"] as const;
export type SwitchName = (typeof SWITCHES)[number];
export const MAX = { name: 64, url: 255 };

export type UpstreamValues = Record<NumberName, number | string> &
  Record<SwitchName, boolean> & {
    name: string;
    base_url: string;
    formula: Upstream["formula"];
    zone: string;
  };

export function firstValues(upstream: Upstream | undefined): UpstreamValues {
  const numbers = Object.fromEntries(
    ALL_NUMBERS.map(({ name }) => [name, upstream?.[name] ?? ""]),
  ) as Record<NumberName, number | string>;
  return {
    ...numbers,
    name: upstream?.name ?? "",
    base_url: upstream?.base_url ?? "",
    formula: upstream?.formula ?? "concat",
    zone: upstream?.zone ?? "Asia/Jakarta",
    group_calls: upstream?.group_calls ?? false,
    allow_private: upstream?.allow_private ?? false,
    simulated: upstream?.simulated ?? false,
  };
}

/** A new upstream's boxes may be empty: the server knows the usual value. */
export function isNumberGood(value: number | string, field: NumberField, isNew: boolean): boolean {
  if (value === "") {
    return isNew || field.none === true;
  }
  return typeof value === "number" && Number.isInteger(value) && value >= field.least && value <= field.most;
}

/** Only what changed. */
export function toChange(values: UpstreamValues, upstream: Upstream | undefined): UpstreamChange {
  const first = firstValues(upstream);
  const change: Record<string, unknown> = {};
  for (const name of ["base_url", "zone"] as const) {
    if (values[name].trim() !== first[name] || !upstream) {
      change[name] = values[name].trim();
    }
  }
  if (values.formula !== first.formula || !upstream) {
    change["formula"] = values.formula;
  }
  for (const name of SWITCHES) {
    if (values[name] !== first[name]) {
      change[name] = values[name];
    }
  }
  for (const { name } of ALL_NUMBERS) {
    if (values[name] !== first[name]) {
      change[name] = values[name] === "" ? 0 : values[name];
    }
  }
  return change as UpstreamChange;
}

/*
 * The date range of a dashboard and its form in the URL. Pure.
 */
import { addDays, isDay } from "./days";

export const PRESETS = ["today", "7d", "30d", "90d", "month", "quarter", "year", "all"] as const;
export type Preset = (typeof PRESETS)[number];
export type RangeChoice = { preset: Preset } | { preset: "custom"; from: string; to: string };

export const DEFAULT_RANGE: RangeChoice = { preset: "30d" };

/** The first day of each preset that ends today. */
const BEGIN: Record<Exclude<Preset, "all">, (today: string) => string> = {
  today: (today) => today,
  "7d": (today) => addDays(today, -6),
  "30d": (today) => addDays(today, -29),
  "90d": (today) => addDays(today, -89),
  month: (today) => `${today.slice(0, 8)}01`,
  quarter: (today) => {
    const first = Math.floor((Number(today.slice(5, 7)) - 1) / 3) * 3 + 1;
    return `${today.slice(0, 5)}${String(first).padStart(2, "0")}-01`;
  },
  year: (today) => `${today.slice(0, 5)}01-01`,
};

/** First and last day of a choice, both in it; `all` has neither. */
export function rangeDays(choice: RangeChoice, today: string): { from?: string; to?: string } {
  if (choice.preset === "custom") {
    return { from: choice.from, to: choice.to };
  }
  if (choice.preset === "all") {
    return {};
  }
  return { from: BEGIN[choice.preset](today), to: today };
}

/** Reads `range=30d` or `from=...&to=...`; what makes no sense is the default. */
export function readRange(params: URLSearchParams): RangeChoice {
  const from = params.get("from");
  const to = params.get("to");
  if (isDay(from) && isDay(to) && from <= to) {
    return { preset: "custom", from, to };
  }
  const preset = PRESETS.find((name) => name === params.get("range"));
  return preset ? { preset } : DEFAULT_RANGE;
}

/** A copy of the parameters with the choice written in; the default is left out. */
export function writeRange(params: URLSearchParams, choice: RangeChoice): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete("range");
  next.delete("from");
  next.delete("to");
  if (choice.preset === "custom") {
    next.set("from", choice.from);
    next.set("to", choice.to);
  } else if (choice.preset !== (DEFAULT_RANGE as { preset: string }).preset) {
    next.set("range", choice.preset);
  }
  return next;
}

/** A copy of the parameters with one of them set, or removed when empty. */
export function writeParam(
  params: URLSearchParams,
  name: string,
  value: string | null | undefined,
): URLSearchParams {
  const next = new URLSearchParams(params);
  if (value) {
    next.set(name, value);
  } else {
    next.delete(name);
  }
  return next;
}

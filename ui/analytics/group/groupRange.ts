/* The days and series of dealers side by side. Pure. */
import { addDays } from "@shared/format/days";
import { rangeDays, type RangeChoice } from "@shared/format/ranges";

/** Days that can be set side by side at most. */
export const MOST_DAYS = 365;

/** The days of a choice; of one that is too long its last ones. */
export function groupDays(choice: RangeChoice, today: string): { from: string; to: string; clamped: boolean } {
  const { from, to = today } = rangeDays(choice, today);
  const first = addDays(to, 1 - MOST_DAYS);
  const clamped = from === undefined || from < first;
  return { from: clamped ? first : from, to, clamped };
}

export function readSeries(text: string): number[] {
  return text === "" ? [] : text.split(",").map((one) => Number(one) || 0);
}

/** The points of a line in a box of this size, for an SVG polyline; a day alone is drawn flat. */
export function linePoints(series: number[], top: number, width: number, height: number): string {
  const values = series.length === 1 ? [series[0] ?? 0, series[0] ?? 0] : series;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const scale = top > 0 ? height / top : 0;
  return values
    .map((value, at) => `${Math.round(at * step * 10) / 10},${Math.round((height - value * scale) * 10) / 10}`)
    .join(" ");
}

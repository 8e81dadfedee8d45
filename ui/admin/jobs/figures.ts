/*
 * Figures of calls day by day, and the charts of them. Pure: figures in, option out.
 */
import type { EChartsCoreOption } from "echarts/core";
import type { Statistics } from "@shared/api/types";
import { addDays } from "@shared/format/days";
import type { Palette } from "@shared/charts/palette";

export interface DayFigures {
  day: string;
  succeeded: number;
  failed: number;
  cancelled: number;
  /** Of several dealers: of the slowest. */
  p50_ms: number | undefined;
  p95_ms: number | undefined;
}

const most = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b);

/** One entry for each day of the range, also for those without calls. */
export function byDay(figures: Statistics): DayFigures[] {
  const days = new Map<string, DayFigures>();
  for (let day = figures.from; day <= figures.to; day = addDays(day, 1)) {
    days.set(day, { day, succeeded: 0, failed: 0, cancelled: 0, p50_ms: undefined, p95_ms: undefined });
  }
  for (const one of figures.items) {
    const sum = one.day === undefined ? undefined : days.get(one.day);
    if (sum) {
      sum.succeeded += one.succeeded;
      sum.failed += one.failed;
      sum.cancelled += one.cancelled;
      sum.p50_ms = most(sum.p50_ms, one.p50_ms);
      sum.p95_ms = most(sum.p95_ms, one.p95_ms);
    }
  }
  return [...days.values()];
}

export interface Words {
  count: (value: number) => string;
  duration: (seconds: number) => string;
  day: (day: string, withYear?: boolean) => string;
  succeeded: string;
  failed: string;
  cancelled: string;
  p50: string;
  p95: string;
}

const FONT = { fontFamily: "'Inter Variable', system-ui, sans-serif" };

function frame(days: DayFigures[], words: Words, palette: Palette): EChartsCoreOption {
  const label = { color: palette.muted, fontSize: 12 };
  return {
    textStyle: FONT,
    grid: { left: 4, right: 12, top: 36, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { color: palette.text } },
    xAxis: {
      type: "category",
      data: days.map((one) => one.day),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: palette.line } },
      axisLabel: { ...label, hideOverlap: true, formatter: (day: string) => words.day(day, false) },
    },
    yAxis: {
      type: "value",
      splitNumber: 4,
      axisLabel: { ...label, formatter: (value: number) => words.count(value) },
      splitLine: { lineStyle: { color: palette.grid } },
    },
  };
}

function tooltip(palette: Palette, format: (value: number) => string): EChartsCoreOption {
  return {
    trigger: "axis",
    confine: true,
    backgroundColor: palette.surface,
    borderColor: palette.line,
    textStyle: { color: palette.text, fontSize: 13, fontFamily: "inherit" },
    valueFormatter: (value: number | null | undefined) => (typeof value === "number" ? format(value) : "–"),
  };
}

export function outcomeOption(days: DayFigures[], words: Words, palette: Palette): EChartsCoreOption {
  const base = frame(days, words, palette);
  const bar = (name: string, color: string | undefined, data: number[]) => ({
    type: "bar",
    stack: "calls",
    name,
    data,
    barMaxWidth: 28,
    itemStyle: { color },
  });
  return {
    ...base,
    tooltip: tooltip(palette, words.count),
    yAxis: { ...(base["yAxis"] as object), minInterval: 1 },
    series: [
      bar(words.succeeded, palette.status["4"], days.map((one) => one.succeeded)),
      bar(words.failed, palette.status["3"], days.map((one) => one.failed)),
      bar(words.cancelled, palette.other, days.map((one) => one.cancelled)),
    ],
  };
}

export function durationOption(days: DayFigures[], words: Words, palette: Palette): EChartsCoreOption {
  const base = frame(days, words, palette);
  const seconds = (value: number | undefined) => (value === undefined ? null : value / 1000);
  const line = (name: string, color: string, type: "solid" | "dashed", data: (number | null)[]) => ({
    type: "line",
    name,
    data,
    connectNulls: true,
    symbolSize: 5,
    itemStyle: { color },
    lineStyle: { width: 2, color, type },
  });
  return {
    ...base,
    tooltip: tooltip(palette, words.duration),
    yAxis: {
      ...(base["yAxis"] as object),
      axisLabel: { color: palette.muted, fontSize: 12, formatter: (value: number) => (value === 0 ? "0" : words.duration(value)) },
    },
    series: [
      line(words.p50, palette.accent, "solid", days.map((one) => seconds(one.p50_ms))),
      line(words.p95, palette.status["3"] ?? palette.accent, "dashed", days.map((one) => seconds(one.p95_ms))),
    ],
  };
}

/*
 * What the charts draw, as ECharts options. Pure: figures, texts and colours in, option out.
 */
import type { EChartsCoreOption } from "echarts/core";
import type { CodeCount, DayCount, FunnelStep, Gap } from "@shared/api/types";
import type { Palette } from "@shared/charts/palette";

export interface Words {
  count: (value: number) => string;
  share: (part: number, whole: number) => string;
  day: (day: string, withYear?: boolean) => string;
  longDay: (day: string) => string;
  measure: string;
  soFar: string;
}

export const TOP_BARS = 10;

/** Text for the HTML of a tooltip: labels come from the upstream and are not ours to trust. */
export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (sign) =>
      ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[sign] ?? sign,
  );
}

function tooltip(palette: Palette): EChartsCoreOption {
  return {
    backgroundColor: palette.surface,
    borderColor: palette.line,
    padding: [8, 12],
    confine: true,
    textStyle: { color: palette.text, fontSize: 13, fontFamily: "inherit" },
  };
}

function tip(title: string, value: string): string {
  return `<div style="font-size:12px;opacity:.75">${escapeHtml(title)}</div><b>${escapeHtml(value)}</b>`;
}

const FONT = { fontFamily: "'Inter Variable', system-ui, sans-serif" };

/** What else the line of days shows: the days compared with, and those of which data are missing. */
export interface DailyExtras {
  previous?: DayCount[] | undefined;
  gaps?: Gap[] | undefined;
  /** The words for a day of which data are missing. */
  gapText?: (state: Gap["state"]) => string;
}

/**
 * The state of each day of which data are missing. Nothing at the upstream is no gap, and neither is a day
 * that is not over.
 */
export function gapsByDay(
  days: DayCount[],
  today: string,
  gaps: Gap[] = [],
): (Gap["state"] | undefined)[] {
  const missing = gaps.filter((gap) => gap.state !== "empty");
  return days.map(({ date }) => {
    const state = missing.find((gap) => gap.from <= date && date <= gap.to)?.state;
    return date === today && state === "partial" ? undefined : state;
  });
}

/**
 * Today is not over: its line is dashed, so that it is not read as a drop. Days of which data are missing
 * stand on a grey ground for the same reason.
 */
export function dailyOption(
  days: DayCount[],
  today: string,
  words: Words,
  palette: Palette,
  { previous = [], gaps, gapText = (state) => state }: DailyExtras = {},
): EChartsCoreOption {
  const axis = { color: palette.muted, fontSize: 12 };
  const open = days.length > 1 && days[days.length - 1]?.date === today;
  const missing = gapsByDay(days, today, gaps);
  const line = {
    type: "line",
    smooth: 0.2,
    smoothMonotone: "x",
    showSymbol: days.length <= 31,
    symbol: "circle",
    symbolSize: 5,
    itemStyle: { color: palette.accent },
    triggerLineEvent: true,
  };
  const count = (n: number) => `${words.count(n)} ${words.measure}`;
  return {
    textStyle: FONT,
    grid: { left: 4, right: 12, top: 16, bottom: 4, containLabel: true },
    tooltip: {
      ...tooltip(palette),
      trigger: "axis",
      axisPointer: { type: "line", lineStyle: { color: palette.line } },
      formatter: (points: { dataIndex: number }[]) => {
        const at = points[0]?.dataIndex ?? 0;
        const day = days[at];
        if (!day) {
          return "";
        }
        const title = words.longDay(day.date);
        const before = previous[at];
        const gap = missing[at];
        return [
          tip(day.date === today ? `${title}, ${words.soFar}` : title, count(day.count)),
          before && tip(words.longDay(before.date), count(before.count)),
          gap && tip("", gapText(gap)),
        ]
          .filter(Boolean)
          .join("");
      },
    },
    xAxis: {
      type: "category",
      data: days.map((day) => day.date),
      boundaryGap: days.length === 1,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: palette.line } },
      axisLabel: { ...axis, hideOverlap: true, formatter: (day: string) => words.day(day, false) },
    },
    yAxis: [
      {
        type: "value",
        minInterval: 1,
        splitNumber: 4,
        axisLabel: { ...axis, formatter: (value: number) => words.count(value) },
        splitLine: { lineStyle: { color: palette.grid } },
      },
      { type: "value", min: 0, max: 1, show: false },
    ],
    series: [
      {
        ...line,
        data: days.map((day, at) => (open && at === days.length - 1 ? null : day.count)),
        lineStyle: { width: 2, color: palette.accent },
        areaStyle: { color: palette.accentFade },
        z: 3,
      },
      {
        ...line,
        data: open ? days.map((day, at) => (at >= days.length - 2 ? day.count : null)) : [],
        lineStyle: { width: 2, color: palette.accent, type: "dashed" },
        z: 3,
      },
      {
        ...line,
        data: days.map((_, at) => previous[at]?.count ?? null),
        showSymbol: false,
        lineStyle: { width: 1.5, color: palette.muted, type: "dotted" },
        itemStyle: { color: palette.muted },
      },
      {
        type: "bar",
        yAxisIndex: 1,
        silent: true,
        barWidth: "100%",
        data: missing.map((state) => (state ? 1 : null)),
        itemStyle: { color: palette.gap },
        z: 1,
      },
    ],
  };
}

const NARROW_PX = 420;

export function statusOption(
  counts: (CodeCount & { label: string })[],
  words: Words,
  palette: Palette,
): EChartsCoreOption {
  const whole = counts.reduce((sum, one) => sum + one.count, 0);
  const named = new Map(counts.map((one) => [one.label, one.count]));
  const baseOption = {
    textStyle: FONT,
    tooltip: {
      ...tooltip(palette),
      trigger: "item",
      formatter: (point: { name: string; value: number }) =>
        tip(point.name, `${words.count(point.value)} · ${words.share(point.value, whole)}`),
    },
    legend: {
      type: "plain",
      icon: "circle",
      itemWidth: 10,
      itemHeight: 10,
      textStyle: { color: palette.text, fontSize: 13 },
      formatter: (name: string) => `${name}  ${words.share(named.get(name) ?? 0, whole)}`,
    },
    series: [
      {
        type: "pie",
        padAngle: 1,
        itemStyle: { borderColor: palette.surface, borderWidth: 2, borderRadius: 3 },
        label: { show: false },
        emphasis: { scaleSize: 4 },
        data: counts.map((one) => ({
          name: one.label,
          value: one.count,
          itemStyle: { color: palette.status[one.code] ?? palette.other },
        })),
      },
    ],
  };
  // On a phone the legend goes below the ring, in lines instead of a column. Each says all that the other does, for
  // what it leaves out stays as it was when a phone is turned.
  const wide = {
    legend: { orient: "vertical", right: 4, top: "middle", left: "auto", bottom: "auto", itemGap: 14 },
    series: [{ center: ["36%", "50%"], radius: ["52%", "80%"] }],
  };
  const narrow = {
    legend: {
      orient: "horizontal",
      right: "auto",
      top: "auto",
      left: "center",
      bottom: 0,
      itemGap: 10,
    },
    series: [{ center: ["50%", "38%"], radius: ["44%", "68%"] }],
  };
  return { baseOption, media: [{ query: { maxWidth: NARROW_PX }, option: narrow }, { option: wide }] };
}

export interface Bar {
  key: string;
  name: string;
  count: number;
  /** All that have no bar of their own. */
  rest: boolean;
}

/** The most frequent codes, and one bar for all the rest, of which some may be counted already. */
export function topBars(
  items: (CodeCount & { label: string })[],
  others: (n: number) => string,
  rest = { count: 0, codes: 0 },
  top = TOP_BARS,
): Bar[] {
  const sorted = [...items].sort((a, b) => b.count - a.count);
  // A single one left over is shown as itself: its bar is needed anyway.
  const shown = sorted.length === top + 1 && rest.codes === 0 ? top + 1 : top;
  const bars = sorted
    .slice(0, shown)
    .map(({ code, label, count }) => ({ key: code, name: label, count, rest: false }));
  const left = sorted.slice(shown);
  const codes = left.length + rest.codes;
  if (codes > 0) {
    const count = left.reduce((sum, one) => sum + one.count, rest.count);
    bars.push({ key: "", name: others(codes), count, rest: true });
  }
  return bars;
}

export function barOption(
  bars: Bar[],
  words: Words,
  palette: Palette,
): EChartsCoreOption {
  return {
    textStyle: FONT,
    grid: { left: 4, right: 52, top: 4, bottom: 4, containLabel: true },
    tooltip: {
      ...tooltip(palette),
      trigger: "item",
      formatter: (point: { name: string; value: number }) =>
        tip(point.name, `${words.count(point.value)} ${words.measure}`),
    },
    xAxis: { type: "value", show: false },
    yAxis: {
      type: "category",
      inverse: true,
      data: bars.map((bar) => bar.name),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { color: palette.text, fontSize: 13, width: 130, overflow: "truncate" },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 20,
        data: bars.map((bar) => ({
          value: bar.count,
          itemStyle: { color: bar.rest ? palette.other : palette.accent, borderRadius: [0, 4, 4, 0] },
        })),
        label: {
          show: true,
          position: "right",
          color: palette.muted,
          fontSize: 12,
          formatter: (point: { value: number }) => words.count(point.value),
        },
      },
    ],
  };
}

/** How many reached each step; the steps keep their order, whatever their size. */
export function funnelOption(
  steps: (FunnelStep & { label: string })[],
  words: Words,
  palette: Palette,
): EChartsCoreOption {
  const first = steps[0]?.reached ?? 0;
  return {
    textStyle: FONT,
    tooltip: {
      ...tooltip(palette),
      trigger: "item",
      formatter: (point: { name: string; value: number }) =>
        tip(point.name, `${words.count(point.value)} · ${words.share(point.value, first)}`),
    },
    series: [
      {
        type: "funnel",
        sort: "none",
        left: 8,
        width: "62%",
        top: 4,
        bottom: 4,
        minSize: "8%",
        gap: 3,
        max: Math.max(1, first),
        label: {
          show: true,
          position: "right",
          color: palette.text,
          fontSize: 13,
          formatter: (point: { name: string; value: number }) =>
            `${point.name}  ${words.count(point.value)}`,
        },
        labelLine: { length: 16, lineStyle: { color: palette.line } },
        itemStyle: { borderWidth: 0 },
        data: steps.map((step) => ({
          name: step.label,
          value: step.reached,
          itemStyle: { color: palette.status[step.code] ?? palette.other },
        })),
      },
    ],
  };
}

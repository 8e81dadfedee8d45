/*
 * What the charts draw, as ECharts options. Pure: figures, texts and colours in, option out.
 */
import type { EChartsCoreOption } from "echarts/core";
import type { CodeCount, DayCount, UnitCount } from "@shared/api/types";
import type { Palette } from "./palette";

export interface Words {
  count: (value: number) => string;
  share: (part: number, whole: number) => string;
  day: (day: string, withYear?: boolean) => string;
  longDay: (day: string) => string;
  measure: string;
  soFar: string;
}

export const TOP_UNITS = 10;

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

/** Today is not over: its line is dashed, so that it is not read as a drop. */
export function dailyOption(
  days: DayCount[],
  today: string,
  words: Words,
  palette: Palette,
): EChartsCoreOption {
  const axis = { color: palette.muted, fontSize: 12 };
  const open = days.length > 1 && days[days.length - 1]?.date === today;
  const line = {
    type: "line",
    smooth: 0.2,
    smoothMonotone: "x",
    showSymbol: days.length <= 31,
    symbol: "circle",
    symbolSize: 5,
    itemStyle: { color: palette.accent },
  };
  return {
    textStyle: FONT,
    grid: { left: 4, right: 12, top: 16, bottom: 4, containLabel: true },
    tooltip: {
      ...tooltip(palette),
      trigger: "axis",
      axisPointer: { type: "line", lineStyle: { color: palette.line } },
      formatter: (points: { dataIndex: number }[]) => {
        const day = days[points[0]?.dataIndex ?? 0];
        const title = day && words.longDay(day.date);
        return day
          ? tip(
              day.date === today ? `${title}, ${words.soFar}` : `${title}`,
              `${words.count(day.count)} ${words.measure}`,
            )
          : "";
      },
    },
    xAxis: {
      type: "category",
      data: days.map((day) => day.date),
      boundaryGap: false,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: palette.line } },
      axisLabel: { ...axis, hideOverlap: true, formatter: (day: string) => words.day(day, false) },
    },
    yAxis: {
      type: "value",
      minInterval: 1,
      splitNumber: 4,
      axisLabel: { ...axis, formatter: (value: number) => words.count(value) },
      splitLine: { lineStyle: { color: palette.grid } },
    },
    series: [
      {
        ...line,
        data: days.map((day, at) => (open && at === days.length - 1 ? null : day.count)),
        lineStyle: { width: 2, color: palette.accent },
        areaStyle: { color: palette.accentFade },
      },
      {
        ...line,
        data: open ? days.map((day, at) => (at >= days.length - 2 ? day.count : null)) : [],
        lineStyle: { width: 2, color: palette.accent, type: "dashed" },
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
      orient: "vertical",
      right: 4,
      top: "middle",
      itemGap: 14,
    },
    series: [
      {
        type: "pie",
        radius: ["52%", "80%"],
        center: ["36%", "50%"],
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
  // On a phone the legend goes below the ring, in lines instead of a column.
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
  return { baseOption, media: [{ query: { maxWidth: NARROW_PX }, option: narrow }] };
}

/** The largest unit types, and one row for all the rest. */
export function topUnits(
  units: UnitCount[],
  others: (n: number) => string,
  top = TOP_UNITS,
): { name: string; count: number; rest: boolean }[] {
  const sorted = [...units].sort((a, b) => b.count - a.count);
  // A single one left over is shown as itself: its row is needed anyway.
  const shown = sorted.length === top + 1 ? top + 1 : top;
  const rows = sorted
    .slice(0, shown)
    .map((unit) => ({ name: unit.label || unit.code, count: unit.count, rest: false }));
  const rest = sorted.slice(shown);
  if (rest.length > 0) {
    const count = rest.reduce((sum, unit) => sum + unit.count, 0);
    rows.push({ name: others(rest.length), count, rest: true });
  }
  return rows;
}

export function unitOption(
  rows: { name: string; count: number; rest: boolean }[],
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
      data: rows.map((row) => row.name),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { color: palette.text, fontSize: 13, width: 130, overflow: "truncate" },
    },
    series: [
      {
        type: "bar",
        barMaxWidth: 20,
        data: rows.map((row) => ({
          value: row.count,
          itemStyle: { color: row.rest ? palette.other : palette.accent, borderRadius: [0, 4, 4, 0] },
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

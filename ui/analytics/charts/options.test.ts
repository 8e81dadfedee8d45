/* What the charts draw. */
import { describe, expect, it } from "vitest";
import {
  barOption,
  dailyOption,
  escapeHtml,
  funnelOption,
  gapsByDay,
  statusOption,
  topBars,
  type Words,
} from "./options";
import { paletteOf } from "@shared/charts/palette";

const words: Words = {
  count: String,
  share: (part, whole) => `${Math.round((part / whole) * 100)}%`,
  day: (day) => day,
  longDay: (day) => day,
  measure: "prospects",
  soFar: "so far",
};

interface Drawn {
  series: { data: unknown[] }[];
  tooltip: { formatter: (point: unknown) => string };
  legend: { formatter: (name: string) => string };
}

describe("chart options", () => {
  it("draws every day, zeros included", () => {
    const days = [
      { date: "2026-11-21", count: 3 },
      { date: "2026-11-22", count: 0 },
    ];
    const option = dailyOption(days, "2026-11-23", words, paletteOf(false)) as unknown as Drawn;
    expect(option.series[0]?.data).toEqual([3, 0]);
    expect(option.tooltip.formatter([{ dataIndex: 1 }])).toContain("0 prospects");
    expect(option.tooltip.formatter([])).toContain("3 prospects");
  });

  it("draws today, which is not over, apart", () => {
    const days = ["2026-11-21", "2026-11-22", "2026-11-23"].map((date, at) => ({ date, count: at }));
    const option = dailyOption(days, "2026-11-23", words, paletteOf(false)) as unknown as Drawn;
    expect(option.series.map((one) => one.data)).toEqual([
      [0, 1, null],
      [null, 1, 2],
      [null, null, null],
      [null, null, null],
    ]);
    expect(option.tooltip.formatter([{ dataIndex: 2 }])).toContain("2026-11-23, so far");
  });

  it("draws the days compared with, and the ground of days of which data are missing", () => {
    const days = ["2026-11-21", "2026-11-22"].map((date) => ({ date, count: 1 }));
    const previous = [{ date: "2026-11-19", count: 7 }];
    const gaps = [
      { from: "2026-11-20", to: "2026-11-21", state: "failed" as const, dealers: 1 },
      { from: "2026-11-22", to: "2026-11-22", state: "empty" as const, dealers: 1 },
    ];
    expect(gapsByDay(days, "2026-11-23", gaps)).toEqual(["failed", undefined]);
    const open = [{ from: "2026-11-22", to: "2026-11-22", state: "partial" as const, dealers: 1 }];
    expect(gapsByDay(days, "2026-11-22", open)).toEqual([undefined, undefined]);
    const extras = { previous, gaps, gapText: (state: string) => `it ${state}` };
    const option = dailyOption(days, "2026-11-23", words, paletteOf(false), extras) as unknown as Drawn;
    expect(option.series[2]?.data).toEqual([7, null]);
    expect(option.series[3]?.data).toEqual([1, null]);
    expect(option.tooltip.formatter([{ dataIndex: 0 }])).toMatch(/2026-11-21.*2026-11-19.*7 prospects.*it failed/s);
    expect(option.tooltip.formatter([{ dataIndex: 1 }])).not.toMatch(/it (failed|empty)/);
  });

  it("keeps the order of the funnel's steps", () => {
    const steps = [
      { code: "1", label: "Low", count: 1, reached: 9 },
      { code: "4", label: "Deal", count: 3, reached: 3 },
    ];
    const option = funnelOption(steps, words, paletteOf(false)) as unknown as Drawn;
    expect(option.series[0]?.data).toMatchObject([
      { name: "Low", value: 9 },
      { name: "Deal", value: 3 },
    ]);
    expect(option.tooltip.formatter({ name: "Deal", value: 3 })).toContain("33%");
  });

  it("gives a status its own colour and an unknown one grey", () => {
    const palette = paletteOf(false);
    const counts = [
      { code: "4", label: "Deal", count: 3 },
      { code: "77", label: "77", count: 1 },
    ];
    const { baseOption } = statusOption(counts, words, palette) as unknown as { baseOption: Drawn };
    expect(baseOption.series[0]?.data).toMatchObject([
      { name: "Deal", value: 3, itemStyle: { color: palette.status["4"] } },
      { name: "77", value: 1, itemStyle: { color: palette.other } },
    ]);
    expect(baseOption.legend.formatter("Deal")).toBe("Deal  75%");
  });

  it("comes back to the wide layout when a phone is turned", () => {
    const { media } = statusOption([{ code: "4", label: "Deal", count: 3 }], words, paletteOf(false)) as unknown as {
      media: { query?: object; option: { legend: object; series: object[] } }[];
    };
    const [narrow, wide] = media;
    expect(wide?.query).toBeUndefined();
    expect(Object.keys(wide?.option.legend ?? {}).sort()).toEqual(Object.keys(narrow?.option.legend ?? {}).sort());
    expect(Object.keys(wide?.option.series[0] ?? {})).toEqual(Object.keys(narrow?.option.series[0] ?? {}));
  });

  it("shows the most frequent units and adds up the rest", () => {
    const units = Array.from({ length: 13 }, (_, at) => ({ code: `U${at}`, label: `L${at}`, count: at + 1 }));
    const rows = topBars(units, (n) => `${n} others`);
    expect(rows).toHaveLength(11);
    expect(rows[0]).toEqual({ key: "U12", name: "L12", count: 13, rest: false });
    expect(rows[10]).toEqual({ key: "", name: "3 others", count: 6, rest: true });
    expect(topBars(units.slice(0, 2), String)).toHaveLength(2);
    expect(topBars(units.slice(0, 11), String).some((row) => row.rest)).toBe(false);
    expect(topBars(units.slice(0, 11), String, { count: 5, codes: 2 }).at(-1)).toEqual({
      key: "",
      name: "3",
      count: 6,
      rest: true,
    });
  });

  it("lets no label of the upstream become markup", () => {
    const evil = '<img src=x onerror="alert(1)">';
    expect(escapeHtml(evil)).not.toContain("<");
    const option = barOption([{ key: "x", name: evil, count: 1, rest: false }], words, paletteOf(true)) as unknown as Drawn;
    expect(option.tooltip.formatter({ name: evil, value: 1 })).not.toContain("<img");
  });
});

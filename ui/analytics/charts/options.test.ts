/* What the charts draw. */
import { describe, expect, it } from "vitest";
import { dailyOption, escapeHtml, statusOption, topUnits, unitOption, type Words } from "./options";
import { paletteOf } from "./palette";

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
    ]);
    expect(option.tooltip.formatter([{ dataIndex: 2 }])).toContain("2026-11-23, so far");
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

  it("shows the most frequent units and adds up the rest", () => {
    const units = Array.from({ length: 13 }, (_, at) => ({ code: `U${at}`, count: at + 1 }));
    const rows = topUnits(units, (n) => `${n} others`);
    expect(rows).toHaveLength(11);
    expect(rows[0]).toEqual({ name: "U12", count: 13, rest: false });
    expect(rows[10]).toEqual({ name: "3 others", count: 6, rest: true });
    expect(topUnits(units.slice(0, 2), String)).toHaveLength(2);
    expect(topUnits(units.slice(0, 11), String).some((row) => row.rest)).toBe(false);
  });

  it("lets no label of the upstream become markup", () => {
    const evil = '<img src=x onerror="alert(1)">';
    expect(escapeHtml(evil)).not.toContain("<");
    const option = unitOption([{ name: evil, count: 1, rest: false }], words, paletteOf(true)) as unknown as Drawn;
    expect(option.tooltip.formatter({ name: evil, value: 1 })).not.toContain("<img");
  });
});

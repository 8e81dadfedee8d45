/* The date range in the URL. */
import { describe, expect, it } from "vitest";
import { DEFAULT_RANGE, PRESETS, rangeDays, readRange, writeParam, writeRange } from "./ranges";

const params = (text: string) => new URLSearchParams(text);

describe("date ranges", () => {
  it("has both ends in a preset", () => {
    expect(rangeDays({ preset: "7d" }, "2026-11-23")).toEqual({ from: "2026-11-17", to: "2026-11-23" });
    expect(rangeDays({ preset: "30d" }, "2026-03-01")).toEqual({ from: "2026-01-31", to: "2026-03-01" });
    expect(rangeDays({ preset: "today" }, "2026-03-01")).toEqual({ from: "2026-03-01", to: "2026-03-01" });
    expect(rangeDays({ preset: "all" }, "2026-11-23")).toEqual({});
  });

  it("begins a month, a quarter and a year on their first day", () => {
    const from = (preset: "month" | "quarter" | "year", today: string) => rangeDays({ preset }, today).from;
    expect(from("month", "2026-11-30")).toBe("2026-11-01");
    expect(["01-01", "03-31", "04-01", "09-30", "12-31"].map((day) => from("quarter", `2026-${day}`))).toEqual(
      ["01", "01", "04", "07", "10"].map((month) => `2026-${month}-01`),
    );
    expect(from("year", "2026-11-30")).toBe("2026-01-01");
  });

  it("comes back from the URL as it was written", () => {
    for (const preset of PRESETS) {
      expect(readRange(writeRange(params("dealer=12284"), { preset }))).toEqual({ preset });
    }
    const own = { preset: "custom", from: "2026-10-01", to: "2026-10-31" } as const;
    expect(readRange(writeRange(params(""), own))).toEqual(own);
  });

  it("falls back to the default where the URL makes no sense", () => {
    const bad = ["", "range=31d", "from=2026-10-01", "from=2026-02-30&to=2026-03-01", "from=2026-11-02&to=2026-11-01"];
    for (const text of bad) {
      expect(readRange(params(text))).toEqual(DEFAULT_RANGE);
    }
  });

  it("leaves other parameters alone and the default out", () => {
    expect(writeRange(params("dealer=1&range=7d"), { preset: "30d" }).toString()).toBe("dealer=1");
    expect(writeRange(params("from=2026-01-01&to=2026-01-02"), { preset: "90d" }).toString()).toBe("range=90d");
  });

  it("sets and removes single parameters", () => {
    expect(writeParam(params("a=1"), "b", "2").toString()).toBe("a=1&b=2");
    expect(writeParam(params("a=1&b=2"), "b", "").toString()).toBe("a=1");
    expect(writeParam(params("a=1&b=2"), "a", null).toString()).toBe("b=2");
  });
});

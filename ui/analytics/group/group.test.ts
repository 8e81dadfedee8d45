/* Days and lines of dealers side by side. */
import { describe, expect, it } from "vitest";
import { groupDays, linePoints, readSeries } from "./groupRange";

describe("dealers side by side", () => {
  it("are shown for the chosen days, and for a year at most", () => {
    expect(groupDays({ preset: "7d" }, "2026-03-05")).toEqual({ from: "2026-02-27", to: "2026-03-05", clamped: false });
    expect(groupDays({ preset: "all" }, "2026-03-05")).toEqual({ from: "2025-03-06", to: "2026-03-05", clamped: true });
    const long = { preset: "custom", from: "2020-01-01", to: "2025-12-31" } as const;
    expect(groupDays(long, "2026-03-05")).toEqual({ from: "2025-01-01", to: "2025-12-31", clamped: true });
  });

  it("have a line each, from bottom to top", () => {
    expect(readSeries("3,0,7")).toEqual([3, 0, 7]);
    expect(readSeries("")).toEqual([]);
    expect(linePoints([0, 5, 10], 10, 100, 20)).toBe("0,20 50,10 100,0");
    expect(linePoints([4], 4, 100, 20)).toBe("0,0 100,0");
    expect(linePoints([0, 0], 0, 100, 20)).toBe("0,20 100,20");
  });
});

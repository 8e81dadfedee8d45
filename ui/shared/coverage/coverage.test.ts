/* Months and days of coverage, and the keys that walk them. */
import { describe, expect, it } from "vitest";
import type { CoveredDay } from "../api/types";
import { addMonths, countStates, daysOf, isHole, isMonth, isSoFar, step } from "./coverage";

describe("coverage", () => {
  it("has the days of a month until today", () => {
    expect(daysOf("2026-02", "2026-11-23")).toHaveLength(28);
    expect(daysOf("2026-11", "2026-11-03")).toEqual(["2026-11-01", "2026-11-02", "2026-11-03"]);
    expect(daysOf("2026-12", "2026-11-03")).toEqual([]);
  });

  it("goes from month to month over the years", () => {
    expect(addMonths("2026-01", -1)).toBe("2025-12");
    expect(addMonths("2026-11", 2)).toBe("2027-01");
    expect([isMonth("2026-11"), isMonth("2026-13"), isMonth(null)]).toEqual([true, false, false]);
  });

  it("counts what is there, and knows what can be fetched", () => {
    const days = (["complete", "never", "complete", "lost"] as const).map((state, at) => ({ day: `2026-11-0${at + 1}`, state }));
    expect(countStates(days as CoveredDay[])).toEqual([
      { state: "complete", count: 2 },
      { state: "never", count: 1 },
      { state: "lost", count: 1 },
    ]);
    expect(["complete", "empty", "partial", "pending", "failed", "never", "lost"].filter((one) => isHole(one as CoveredDay["state"]))).toEqual([
      "partial",
      "failed",
      "never",
    ]);
  });

  it("is in part on a day that is not over, which is no hole in it", () => {
    const day = (text: string, state: string) => ({ day: text, state }) as CoveredDay;
    expect(isSoFar(day("2026-11-03", "partial"), "2026-11-03")).toBe(true);
    expect(isSoFar(day("2026-11-02", "partial"), "2026-11-03")).toBe(false);
    expect(isSoFar(day("2026-11-03", "failed"), "2026-11-03")).toBe(false);
  });

  it("is walked by keys and never left by them", () => {
    const at = { row: 0, column: 1 };
    expect(step("ArrowRight", at, 2, 3)).toEqual({ row: 0, column: 2 });
    expect(step("ArrowDown", at, 2, 3)).toEqual({ row: 1, column: 1 });
    expect(step("End", at, 2, 3)).toEqual({ row: 0, column: 2 });
    expect(step("ArrowUp", at, 2, 3)).toBeUndefined();
    expect(step("ArrowRight", { row: 0, column: 2 }, 2, 3)).toBeUndefined();
    expect(step("a", at, 2, 3)).toBeUndefined();
  });
});

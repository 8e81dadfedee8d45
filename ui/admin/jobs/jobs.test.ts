/* The form that runs a job, and how events move a job on. */
import { describe, expect, it } from "vitest";
import type { Job } from "@shared/api/types";
import { moveOn, readJobEvent, tasksDone, type JobEvent } from "./progress";
import { firstValues, isComplete, pointAt, quickPeriods, toMessage } from "./runForm";

describe("run form", () => {
  const values = firstValues({ dealer: "12284" }, "2026-11-23");

  it("starts with the last seven whole days", () => {
    expect(values.period).toEqual(["2026-11-16", "2026-11-22"]);
    expect(quickPeriods("2026-11-23").map((one) => one.period)).toEqual([
      ["2026-11-22", "2026-11-22"],
      ["2026-11-16", "2026-11-22"],
      ["2026-10-25", "2026-11-22"],
    ]);
  });

  it("knows when it is complete", () => {
    expect(isComplete(values, 3)).toBe(true);
    expect(isComplete({ ...values, dealers: [] }, 3)).toBe(false);
    expect(isComplete({ ...values, dealers: [], scope: "all" }, 3)).toBe(true);
    expect(isComplete({ ...values, slice_hours: 169 }, 3)).toBe(false);
    expect(isComplete({ ...values, period: ["2026-11-16", null] }, 3)).toBe(false);
  });

  it("asks for whole days, of the chosen dealers or all", () => {
    expect(toMessage(values)).toEqual({
      feeds: ["prsp"],
      dealer_ids: ["12284"],
      from: "2026-11-16 00:00:00",
      to: "2026-11-22 23:59:59",
    });
    expect(toMessage({ ...values, slice_hours: 12 }).slice_hours).toBe(12);
    expect(toMessage({ ...values, priority: "3" }).priority).toBe(3);
    expect(toMessage({ ...values, only: "missing" }).only).toBe("missing");
    const all = toMessage({ ...values, scope: "all" });
    expect([all.all_dealers, all.dealer_ids]).toEqual([true, undefined]);
  });
});

describe("days pointed at", () => {
  it("make a period of two, whatever was there before", () => {
    const begun = pointAt(["2026-11-16", "2026-11-22"], "2026-11-03");
    expect(begun).toEqual(["2026-11-03", null]);
    expect(pointAt(begun, "2026-11-05")).toEqual(["2026-11-03", "2026-11-05"]);
    expect(pointAt(begun, "2026-11-03")).toEqual(["2026-11-03", "2026-11-03"]);
    expect(pointAt(begun, "2026-11-01")).toEqual(["2026-11-01", null]);
  });

  it("start a form for what was pointed at elsewhere", () => {
    const values = firstValues({ all: true, from: "2026-11-01", to: "2026-11-23", only: "missing_failed" }, "2026-11-23");
    expect(toMessage(values)).toEqual({
      feeds: ["prsp"],
      all_dealers: true,
      from: "2026-11-01 00:00:00",
      to: "2026-11-23 23:59:59",
      only: "missing_failed",
    });
  });
});

const job: Job = {
  id: "j",
  dealer_ids: ["12284"],
  feeds: ["prsp"],
  from: "2026-11-16 00:00:00",
  to: "2026-11-22 23:59:59",
  priority: 0,
  requested_by: "admin",
  state: "queued",
  tasks_total: 7,
  tasks_queued: 7,
  tasks_leased: 0,
  tasks_succeeded: 0,
  tasks_failed: 0,
  tasks_cancelled: 0,
  rows_read: 0,
  rows_new: 0,
  rows_changed: 0,
  rows_same: 0,
  rows_quarantined: 0,
  created_at: "2026-11-23T10:00:00Z",
};

const event = (done: number, state: Job["state"] = "running", more: Partial<JobEvent> = {}): JobEvent => ({
  id: "j",
  state,
  tasks_total: 7,
  tasks_done: done,
  tasks_failed: 0,
  rows_read: done * 14,
  ...more,
});

describe("progress by events", () => {
  it("moves forward and keeps the sums right", () => {
    const moved = moveOn(moveOn(job, event(2)), event(5, "running", { tasks_failed: 1 }));
    expect([moved.state, moved.tasks_succeeded, moved.tasks_failed]).toEqual(["running", 4, 1]);
    expect(tasksDone(moved) + moved.tasks_queued + moved.tasks_leased).toBe(7);
    expect(moved.rows_read).toBe(70);
  });

  it("never moves back, nor out of an end", () => {
    const later = moveOn(job, event(5));
    expect(moveOn(later, event(3))).toBe(later);
    expect(moveOn(later, event(5, "queued")).state).toBe("running");
    const ended = moveOn(later, event(7, "succeeded"));
    expect(ended.state).toBe("succeeded");
    expect(moveOn(ended, event(7, "running"))).toBe(ended);
  });

  it("leaves other jobs alone", () => {
    expect(moveOn(job, event(3, "running", { id: "other" }))).toBe(job);
  });

  it("reads events and refuses what is none", () => {
    expect(readJobEvent({ source: "s", seq: 3, ...event(3) })).toEqual(event(3));
    for (const bad of [{}, { id: "j" }, { ...event(3), state: "lost" }, { ...event(3), tasks_done: "3" }]) {
      expect(readJobEvent(bad)).toBeUndefined();
    }
  });
});

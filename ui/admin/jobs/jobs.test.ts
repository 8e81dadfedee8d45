/* The form that runs a job, and how events move a job on. */
import { describe, expect, it } from "vitest";
import type { Attempt, Job, Statistics, Task } from "@shared/api/types";
import { byDay } from "./figures";
import { isFiltered, readFilter, toQuery } from "./jobFilter";
import {
  addSample,
  moveOn,
  rateOf,
  readJobEvent,
  roundSeconds,
  secondsLeft,
  tasksDone,
  together,
  type JobEvent,
  type Sample,
} from "./progress";
import { firstValues, isComplete, named, pointAt, quickPeriods, toMessage } from "./runForm";
import { placeOn, readySince, scaleOf, segmentsOf } from "./timeline";

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

  it("of who may see some dealers alone names them where all are meant", () => {
    const all = named({ all: true, from: "2026-11-01" }, ["7", "8"]);
    expect(toMessage(firstValues(all, "2026-11-23"))).toMatchObject({ dealer_ids: ["7", "8"], from: "2026-11-01 00:00:00" });
    expect(named({ dealer: "7" }, ["7", "8"])).toEqual({ dealer: "7" });
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

describe("pace", () => {
  it("estimates from the tasks that ended", () => {
    const now = Date.parse("2026-11-23T10:01:00Z");
    expect(secondsLeft("2026-11-23T10:00:00Z", 6, 9, now)).toBe(30);
    expect(secondsLeft("2026-11-23T10:00:00Z", 0, 9, now)).toBeUndefined();
    expect(secondsLeft("2026-11-23T10:00:00Z", 9, 9, now)).toBeUndefined();
    expect(secondsLeft(undefined, 3, 9, now)).toBeUndefined();
    expect([0.2, 7.4, 43, 95, 4000].map(roundSeconds)).toEqual([1, 7, 45, 90, 3900]);
  });

  it("counts rows of the last seconds alone", () => {
    let samples: Sample[] = [];
    for (let second = 0; second <= 20; second += 1) {
      samples = addSample(samples, { at: second * 1000, rows: second < 10 ? 0 : (second - 10) * 50 });
    }
    expect(samples[0]?.at).toBe(9000);
    expect(rateOf(samples)).toBeCloseTo(500 / 11);
    expect(rateOf([{ at: 0, rows: 1 }])).toBeUndefined();
  });

  it("adds up what runs together", () => {
    const other = { ...job, tasks_total: 3, tasks_succeeded: 1, tasks_failed: 1, rows_read: 20 };
    expect(together([job, other])).toEqual({ total: 10, done: 2, rows: 20 });
  });
});

describe("filters of the history", () => {
  it("live in the address; what makes no sense is left out", () => {
    const params = new URLSearchParams("text=HTTP+503&state=failed&kind=nonsense&from=2026-11-01&to=soon&schedule=3x&who=");
    const filter = readFilter(params);
    expect(filter).toEqual({ text: "HTTP 503", state: "failed", from: "2026-11-01" });
    expect([isFiltered(filter), isFiltered(readFilter(new URLSearchParams()))]).toEqual([true, false]);
  });

  it("ask for whole days", () => {
    const query = toQuery({ from: "2026-11-01", to: "2026-11-02", state: "failed", schedule: "3" });
    expect(query.state).toEqual(["failed"]);
    expect(query.schedule_id).toBe(3);
    const hours = (Date.parse(query.created_to ?? "") - Date.parse(query.created_from ?? "")) / 3_600_000;
    expect(hours).toBe(48);
  });
});

describe("timeline", () => {
  const task = { created_at: "2026-11-23T10:00:00Z" } as Task;
  const attempt = {
    number: 1,
    outcome: "succeeded",
    started_at: "2026-11-23T10:00:02Z",
    finished_at: "2026-11-23T10:00:03Z",
    dns_ms: 10,
    connect_ms: 30,
    first_byte_ms: 500,
    total_ms: 900,
  } as Attempt;
  const zero = Date.parse("2026-11-23T10:00:00Z");

  it("cuts a try into its parts", () => {
    const parts = segmentsOf(attempt, readySince(task, [attempt], 0), zero + 9000);
    expect(parts.map(({ phase, from, to }) => [phase, from - zero, to - zero])).toEqual([
      ["waiting", 0, 2000],
      ["dns", 2000, 2010],
      ["connect", 2010, 2030],
      ["first_byte", 2030, 2500],
      ["receiving", 2500, 2900],
      ["storing", 2900, 3000],
    ]);
  });

  it("goes on with a try that runs, and waits since the try before", () => {
    const { finished_at: _, total_ms: __, ...open } = attempt;
    const second = { ...open, number: 2, outcome: "leased", started_at: "2026-11-23T10:00:05Z" } as Attempt;
    const parts = segmentsOf(second, readySince(task, [attempt, second], 1), zero + 9000);
    expect(parts[0]).toEqual({ phase: "waiting", from: zero + 3000, to: zero + 5000 });
    expect(parts[parts.length - 1]).toEqual({ phase: "receiving", from: zero + 5500, to: zero + 9000 });
  });

  it("puts them on one scale, which waiting does not stretch", () => {
    const parts = segmentsOf(attempt, zero, zero);
    const scale = scaleOf([parts]);
    expect([scale.from - zero, scale.to - zero]).toEqual([2000, 3000]);
    expect(parts.map((part) => placeOn(scale, part)).map(({ left, width }) => [left, width].map(Math.round))).toEqual([
      [0, 0],
      [0, 1],
      [1, 2],
      [3, 47],
      [50, 40],
      [90, 10],
    ]);
    expect(scaleOf([])).toEqual({ from: 0, to: 1 });
  });
});

describe("figures by day", () => {
  it("add dealers up and keep the slowest one's times", () => {
    const item = { succeeded: 2, failed: 1, cancelled: 0 };
    const days = byDay({
      from: "2026-11-22",
      to: "2026-11-23",
      items: [
        { ...item, day: "2026-11-23", p50_ms: 100, p95_ms: 200 },
        { ...item, day: "2026-11-23", p50_ms: 300 },
      ],
    } as unknown as Statistics);
    expect(days).toEqual([
      { day: "2026-11-22", succeeded: 0, failed: 0, cancelled: 0, p50_ms: undefined, p95_ms: undefined },
      { day: "2026-11-23", succeeded: 4, failed: 2, cancelled: 0, p50_ms: 300, p95_ms: 200 },
    ]);
  });
});

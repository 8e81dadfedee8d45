/* Cron expressions told in words, and the form of a schedule. */
import { describe, expect, it } from "vitest";
import type { Schedule } from "@shared/api/types";
import { asRange, placeOf, readCron } from "./cronWords";
import { firstValues, toCron, toMessage } from "./scheduleForm";

describe("cron in shapes", () => {
  it.each([
    ["0 6 * * *", { shape: "times", times: ["06:00"], weekdays: undefined }],
    ["15,45 9 * * *", { shape: "times", times: ["09:15", "09:45"], weekdays: undefined }],
    ["0 6 * * 1-5", { shape: "times", times: ["06:00"], weekdays: [1, 2, 3, 4, 5] }],
    ["30 7 * * MON-SAT", { shape: "times", times: ["07:30"], weekdays: [1, 2, 3, 4, 5, 6] }],
    ["0 6 * * sun,3", { shape: "times", times: ["06:00"], weekdays: [3, 0] }],
    ["0 6 * * 0-7", { shape: "times", times: ["06:00"], weekdays: [0] }],
    ["*/15 * * * *", { shape: "minutes", every: 15 }],
    ["* * * * *", { shape: "minutes", every: 1 }],
    ["5 * * * *", { shape: "hourly", minute: 5 }],
    ["5 */2 * * *", { shape: "hours", every: 2, minute: 5 }],
    ["@hourly", { shape: "hourly", minute: 0 }],
    ["@weekly", { shape: "times", times: ["00:00"], weekdays: [0] }],
    ["0 3 1 * *", { shape: "monthly", day: 1, time: "03:00" }],
  ])("%s is told", (cron, shape) => {
    expect(readCron(cron)).toEqual(shape);
  });

  it.each(["", "0 6 * *", "0 6 * 1 *", "*/7 * * * *", "0 6 1 * 1", "0-30 6 * * *", "61 * * * *", "0 */5 * * *", "0 6 * * x"])(
    "%s is shown as it stands",
    (cron) => expect(readCron(cron)).toBeUndefined(),
  );

  it("knows days that follow one another", () => {
    expect(asRange([1, 2, 3, 4, 5])).toEqual([1, 5]);
    expect(asRange([5, 6, 0])).toEqual([5, 0]);
    expect(asRange([1, 3, 5])).toBeUndefined();
    expect(asRange([1, 2])).toBeUndefined();
  });

  it("names a zone by its place", () => {
    expect([placeOf("Asia/Jakarta"), placeOf("America/New_York"), placeOf("UTC")]).toEqual(["Jakarta", "New York", "UTC"]);
  });
});

const known = {
  id: 3,
  name: "Morning",
  kind: "custom",
  cron: "30 7 * * 1-6",
  zone: "Asia/Jakarta",
  jitter_seconds: 90,
  catch_up: "all",
  all_dealers: true,
  dealer_ids: [],
  feeds: ["prsp"],
  overlap_policy: "queue",
  active: true,
} as unknown as Schedule;

describe("schedule form", () => {
  it("says what a preset means as cron", () => {
    const values = firstValues(undefined, "Asia/Jakarta");
    expect(toCron(values)).toBe("0 6 * * *");
    expect(toCron({ ...values, preset: "hourly", minute: 20 })).toBe("20 * * * *");
    expect(toCron({ ...values, preset: "hourly", minute: "" })).toBeUndefined();
    expect(toCron({ ...values, preset: "weekdays", time: "07:05", days: ["0", "1"] })).toBe("5 7 * * 1,0");
    expect(toCron({ ...values, preset: "weekdays", days: [] })).toBeUndefined();
    expect(toCron({ ...values, time: "" })).toBeUndefined();
    expect(toCron({ ...values, preset: "custom", cron: " 1 2 * * * " })).toBe("1 2 * * *");
  });

  it("opens a known one as the preset that it is", () => {
    const values = firstValues(known, "UTC");
    expect([values.preset, values.time, values.days, values.zone, values.jitter_minutes, values.scope]).toEqual([
      "weekdays",
      "07:30",
      ["1", "2", "3", "4", "5", "6"],
      "Asia/Jakarta",
      1.5,
      "all",
    ]);
    expect(firstValues({ ...known, cron: "0 6 1 * *" }, "UTC").preset).toBe("custom");
  });

  it("sends the clock of a known one only when it was moved", () => {
    const custom = { ...firstValues(known, "UTC"), preset: "custom" as const };
    expect(toMessage({ ...custom, cron: "30 7  * * 1-6" }, known)).toEqual({
      name: "Morning",
      all_dealers: true,
      feeds: ["prsp"],
      jitter_seconds: 90,
      catch_up: "all",
      overlap_policy: "queue",
    });
    expect(toMessage({ ...custom, cron: "0 6 * * *", scope: "chosen", dealers: ["12284"] }, known)).toMatchObject({
      cron: "0 6 * * *",
      zone: "Asia/Jakarta",
      all_dealers: false,
      dealer_ids: ["12284"],
    });
  });
});

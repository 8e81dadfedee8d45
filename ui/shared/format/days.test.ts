/* Days and moments as text. */
import { describe, expect, it } from "vitest";
import {
  addDays,
  formatAgo,
  formatDay,
  formatDays,
  formatLongDay,
  formatMoment,
  formatSoon,
  formatWindow,
  isDay,
  secondsBetween,
  latestToday,
  todayAt,
  todayIn,
} from "./days";

const thin = (text: string) => text.replace(/[\u2009\u202f\u00a0]/g, " ");

describe("days", () => {
  it("knows real days from nonsense", () => {
    expect(isDay("2026-02-28")).toBe(true);
    expect(isDay("2028-02-29")).toBe(true);
    for (const bad of ["2026-02-29", "2026-13-01", "26-01-01", "2026-1-1", "", null, undefined]) {
      expect(isDay(bad)).toBe(false);
    }
  });

  it("adds days across months, years and leap days", () => {
    expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
    expect(addDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
    expect(addDays("nonsense", 3)).toBe("nonsense");
  });

  it("says what day it is in another zone", () => {
    const evening = new Date("2026-11-23T18:30:00Z");
    expect(todayIn("Asia/Jakarta", evening)).toBe("2026-11-24");
    expect(todayIn("UTC", evening)).toBe("2026-11-23");
    expect(todayIn("America/New_York", evening)).toBe("2026-11-23");
    expect(latestToday([{ zone: "America/New_York" }, { zone: "UTC" }], evening)).toBe("2026-11-23");
    expect(latestToday([{ zone: "UTC" }, {}], evening)).toBe("2026-11-24");
    expect(latestToday([], evening)).toBe("2026-11-24");
    expect(todayAt({ zone: "UTC" }, evening)).toBe("2026-11-23");
  });

  it("shows days without shifting them by a zone", () => {
    expect(formatDay("2026-11-01")).toBe("1 Nov 2026");
    expect(formatDay("2026-11-01", "en-GB", false)).toBe("1 Nov");
    expect(formatDay("soon")).toBe("soon");
    expect(formatLongDay("2026-11-22")).toBe("Sun, 22 Nov 2026");
  });

  it("shows ranges without saying a month twice", () => {
    expect(thin(formatDays("2026-11-17", "2026-11-23"))).toMatch(/^17 ?– ?23 Nov 2026$/);
    expect(thin(formatDays("2026-10-25", "2026-11-22"))).toBe("25 Oct – 22 Nov 2026");
    expect(thin(formatDays("2025-12-25", "2026-01-02"))).toBe("25 Dec 2025 – 2 Jan 2026");
  });

  it("shows windows of whole days as days, others to the minute", () => {
    expect(formatWindow("2026-11-22 00:00:00", "2026-11-22 23:59:59")).toBe("22 Nov 2026");
    expect(thin(formatWindow("2026-10-25 00:00:00", "2026-11-22 23:59:59"))).toBe(
      "25 Oct – 22 Nov 2026",
    );
    expect(formatWindow("2026-11-22 06:00:00", "2026-11-22 11:59:59")).toBe(
      "22 Nov 2026, 06:00 – 11:59",
    );
  });

  it("leaves a wall-clock time as it stands and shows nonsense as it is", () => {
    expect(formatMoment("2026-11-22 23:59:59")).toBe("22 Nov 2026, 23:59");
    expect(formatMoment("2026-11-22T07:05:00")).toBe("22 Nov 2026, 07:05");
    expect(formatMoment("whenever")).toBe("whenever");
  });

  it("tells how long ago something was", () => {
    const now = Date.parse("2026-11-23T12:00:00Z");
    expect(formatAgo("2026-11-23T11:59:58Z", now)).toBe("now");
    expect(formatAgo("2026-11-23T12:00:30Z", now)).toBe("now");
    expect(formatAgo("2026-11-23T11:59:20Z", now)).toBe("40 seconds ago");
    expect(formatAgo("2026-11-23T11:55:00Z", now)).toBe("5 minutes ago");
    expect(formatAgo("2026-11-23T10:01:00Z", now)).toBe("1 hour ago");
    expect(formatAgo("2026-11-21T11:00:00Z", now)).toBe("2 days ago");
    expect(formatAgo("later", now)).toBe("later");
  });

  it("measures a duration, up to now while it runs", () => {
    expect(secondsBetween("2026-11-23T12:00:00Z", "2026-11-23T12:00:12.5Z")).toBe(12.5);
    expect(secondsBetween("2026-11-23T12:00:00Z", undefined, Date.parse("2026-11-23T12:01:00Z"))).toBe(60);
    expect(secondsBetween("2026-11-23T12:00:00Z", "2026-11-23T11:59:00Z")).toBe(0);
  });
});

describe("what is to come", () => {
  const now = Date.parse("2026-11-23T10:00:00Z");
  it.each([
    ["2026-11-23T10:00:03Z", "now"],
    ["2026-11-23T09:00:00Z", "now"],
    ["2026-11-23T10:05:30Z", "in 5 minutes"],
    ["2026-11-23T13:59:00Z", "in 3 hours"],
    ["2026-11-24T11:00:00Z", "in 1 day"],
    ["no time", "no time"],
  ])("%s is %s", (at, said) => {
    expect(formatSoon(at, now)).toBe(said);
  });
});

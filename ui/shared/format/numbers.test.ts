/* Numbers as text. */
import { describe, expect, it } from "vitest";
import { formatBytes, formatCount, formatDuration, formatShare, formatSigned, percentDone } from "./numbers";

describe("numbers", () => {
  it("groups thousands as the locale does", () => {
    expect(formatCount(1234567)).toBe("1,234,567");
    expect(formatCount(1234567, "id-ID")).toBe("1.234.567");
    expect(formatCount(0)).toBe("0");
  });

  it("shows shares, and none of nothing", () => {
    expect(formatShare(41, 100)).toBe("41%");
    expect(formatShare(1, 3)).toBe("33.3%");
    expect(formatShare(0, 0)).toBe("–");
  });

  it("shows durations in the unit that suits them", () => {
    const cases: [number, string][] = [
      [0, "< 1 s"],
      [0.084, "84 ms"],
      [2.41, "2.4 s"],
      [6, "6 s"],
      [59.97, "1 min"],
      [75, "1 min 15 s"],
      [3600, "1 h"],
      [3725, "1 h 2 min"],
      [-1, "–"],
      [Number.NaN, "–"],
    ];
    for (const [seconds, text] of cases) {
      expect(formatDuration(seconds)).toBe(text);
    }
  });

  it("shows sizes", () => {
    expect(formatBytes(0)).toBe("0 B");
    expect(formatBytes(18_233)).toBe("17.8 KB");
    expect(formatBytes(64 * 1024 * 1024)).toBe("64.0 MB");
  });

  it("never says 100 percent before all is done", () => {
    expect(percentDone(0, 29)).toBe(0);
    expect(percentDone(28, 29)).toBe(96);
    expect(percentDone(9999, 10000)).toBe(99);
    expect(percentDone(29, 29)).toBe(100);
    expect(percentDone(0, 0)).toBe(0);
  });
});

describe("a difference", () => {
  it("has its sign", () => {
    expect([12.34, -3, 0].map((value) => formatSigned(value))).toEqual(["+12.3", "-3", "0"]);
  });
});

describe("numbers in Indonesian", () => {
  it("have its separators and units of time", () => {
    expect(formatCount(1234567, "id-ID")).toBe("1.234.567");
    expect(formatDuration(2.41, "id-ID")).toBe("2,4 dtk");
    expect(formatDuration(3725, "id-ID")).toBe("1 jam 2 mnt");
    expect(formatBytes(1536, "id-ID")).toBe("1,5 KB");
  });
});

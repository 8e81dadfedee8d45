/* What the form of a feed sends, and what its numbers mean. */
import { describe, expect, it } from "vitest";
import type { FeedPolicy } from "@shared/api/types";
import { NUMBERS, carryOver, firstValues, holds, isNumberGood, toChange, waits } from "./feedForm";

const feed: FeedPolicy = {
  feed: "prsp",
  max_attempts: 8,
  usual_max_attempts: 5,
  usual_retry_base_ms: 1000,
  usual_retry_cap_ms: 60_000,
  usual_deadline_minutes: 2880,
};

describe("the form of a feed", () => {
  it("shows what the feed has of its own, and leaves the rest empty", () => {
    expect(firstValues(feed)).toEqual({ max_attempts: 8, retry_base_ms: "", retry_cap_ms: "", deadline_minutes: "" });
  });

  it("sends what changed; an emptied box is the usual number again", () => {
    const first = firstValues(feed);
    expect(toChange(first, feed)).toEqual({});
    expect(toChange({ ...first, max_attempts: "", retry_base_ms: 500 }, feed)).toEqual({
      max_attempts: 0,
      retry_base_ms: 500,
    });
  });

  it("follows what somebody else saves, and keeps what was typed", () => {
    const now: FeedPolicy = { ...feed, max_attempts: 20, retry_base_ms: 700 };
    expect(carryOver(firstValues(feed), feed, now)).toEqual(firstValues(now));
    const typed = carryOver({ ...firstValues(feed), max_attempts: 9 }, feed, now);
    expect(toChange(typed, now)).toEqual({ max_attempts: 9 });
  });

  it("takes whole numbers within the limits", () => {
    const [tries] = NUMBERS;
    expect([1, 100, ""].map((value) => isNumberGood(value, tries))).toEqual([true, true, true]);
    expect([0, 101, 1.5, "x"].map((value) => isNumberGood(value, tries))).toEqual([false, false, false, false]);
  });
});

describe("the waits of a feed", () => {
  it("double up to the longest, one less than there are tries", () => {
    expect(waits({ max_attempts: 5, retry_base_ms: 1000, retry_cap_ms: 3000, deadline_minutes: 1 }, 9)).toEqual({
      seconds: [1, 2, 3, 3],
      more: false,
    });
  });

  it("are told by the first ones", () => {
    expect(waits(holds(firstValues(feed), feed), 3)).toEqual({ seconds: [1, 2, 4], more: true });
    expect(waits({ ...holds(firstValues(feed), feed), max_attempts: 1 }, 3)).toEqual({ seconds: [], more: false });
  });
});

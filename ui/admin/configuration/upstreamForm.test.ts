/* What the form of an upstream sends. */
import { describe, expect, it } from "vitest";
import type { Upstream } from "@shared/api/types";
import { ALL_NUMBERS, firstValues, isNumberGood, toChange } from "./upstreamForm";

const west: Upstream = {
  name: "west",
  base_url: "https://dgi.example.com/v1",
  formula: "colon",
  zone: "Asia/Jakarta",
  max_days: 7,
  history_days: 30,
  quota: 300,
  concurrency: 8,
  connect_timeout_ms: 5000,
  first_byte_timeout_ms: 30_000,
  total_timeout_ms: 60_000,
  max_body_bytes: 67_108_864,
  allow_private: false,
  simulated: false,
};

const field = (name: string) => {
  const found = ALL_NUMBERS.find((one) => one.name === name);
  if (!found) {
    throw new Error(name);
  }
  return found;
};

describe("upstream form", () => {
  it("sends of a known one only what changed, and an emptied limit as none", () => {
    const values = firstValues(west);
    expect(toChange(values, west)).toEqual({});
    expect(toChange({ ...values, quota: "", concurrency: 4, group_calls: true }, west)).toEqual({
      quota: 0,
      concurrency: 4,
      group_calls: true,
    });
  });

  it("sends of a new one where it is, and leaves the usual values to the server", () => {
    const values = { ...firstValues(undefined), name: "east", base_url: " https://e.example.com " };
    expect(toChange(values, undefined)).toEqual({
      base_url: "https://e.example.com",
      formula: "concat",
      zone: "Asia/Jakarta",
    });
  });

  it("takes whole numbers within the limits, and an empty box where there may be none", () => {
    expect(isNumberGood(300, field("quota"), false)).toBe(true);
    expect(isNumberGood("", field("quota"), false)).toBe(true);
    expect(isNumberGood("", field("concurrency"), false)).toBe(false);
    expect(isNumberGood("", field("concurrency"), true)).toBe(true);
    expect(isNumberGood(1.5, field("concurrency"), false)).toBe(false);
    expect(isNumberGood(1001, field("concurrency"), false)).toBe(false);
  });
});

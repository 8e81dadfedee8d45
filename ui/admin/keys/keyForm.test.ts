/* What the key form sends, and the states of a key. */
import { describe, expect, it } from "vitest";
import type { ApiKey } from "@shared/api/types";
import { FIRST, goodUntil, stateOf, toInput } from "./keyForm";

const NOW = Date.parse("2026-11-01T00:00:00Z");
const key: ApiKey = {
  id: "dk_4f7a1c9e02",
  name: "Export",
  role: "viewer",
  all_dealers: true,
  dealers: [],
  created_by: "admin",
  created_at: "2026-10-01T00:00:00Z",
};

describe("key form", () => {
  it("sends when the key ends, or nothing for one that does not", () => {
    expect(toInput({ ...FIRST, name: " Export ", ends: "30" }, NOW)).toEqual({
      name: "Export",
      role: "viewer",
      all_dealers: false,
      dealers: [],
      expires_at: "2026-12-01T00:00:00.000Z",
    });
    expect(toInput({ ...FIRST, ends: "never" }, NOW).expires_at).toBeUndefined();
  });

  it("sends no dealers beside all", () => {
    expect(toInput({ ...FIRST, all_dealers: true, dealers: ["7"] }, NOW).dealers).toEqual([]);
  });
});

describe("a key", () => {
  it("is revoked, expired, replaced or good, in this order", () => {
    const over = { ...key, expires_at: "2026-10-31T00:00:00Z" };
    expect(stateOf(key, NOW)).toBe("good");
    expect(stateOf({ ...key, successor: "dk_1", expires_at: "2026-11-02T00:00:00Z" }, NOW)).toBe("replaced");
    expect(stateOf({ ...over, successor: "dk_1" }, NOW)).toBe("expired");
    expect(stateOf({ ...over, revoked_at: "2026-10-30T00:00:00Z" }, NOW)).toBe("revoked");
  });

  it("that is rotated goes on for the overlap, and never longer than before", () => {
    expect(goodUntil(key, 24, NOW)).toBe("2026-11-02T00:00:00.000Z");
    expect(goodUntil({ ...key, expires_at: "2026-11-01T06:00:00Z" }, 24, NOW)).toBe("2026-11-01T06:00:00.000Z");
  });
});

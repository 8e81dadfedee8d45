/* Who may do what. */
import { describe, expect, it } from "vitest";
import type { Session } from "../api/types";
import { may } from "./useMay";

const session = (role: string, dealers?: string[]): Session => ({
  principal: "ann",
  role,
  ...(dealers && { dealers }),
});

describe("may", () => {
  it("goes by the order of the roles", () => {
    expect(may(session("admin"), { who: "operator" })).toBe(true);
    expect(may(session("operator"), { who: "operator" })).toBe(true);
    expect(may(session("viewer"), { who: "operator" })).toBe(false);
  });

  it("keeps what is about everything from those limited to some dealers", () => {
    expect(may(session("admin", ["12284"]), { who: "admin", whole: true })).toBe(false);
    expect(may(session("admin", ["12284"]), { who: "admin" })).toBe(true);
    expect(may(session("admin"), { who: "admin", whole: true })).toBe(true);
  });

  it("lets nobody and unknown roles do nothing", () => {
    expect(may(null, { who: "viewer" })).toBe(false);
    expect(may(session("king"), { who: "viewer" })).toBe(false);
  });
});

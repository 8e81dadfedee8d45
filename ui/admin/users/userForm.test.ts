/* What the user form sends, and which users a search finds. */
import { describe, expect, it } from "vitest";
import type { User } from "@shared/api/types";
import { firstValues, isLogin, isPassword, matches, stateOf, toChange, toInput } from "./userForm";

const ann: User = {
  id: "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60",
  login: "ann",
  name: "Ann Example",
  role: "viewer",
  all_dealers: false,
  dealers: ["12284", "7"],
  is_active: true,
  has_password: true,
  sessions: 1,
  created_by: "admin",
  created_at: "2026-11-01T00:00:00Z",
};

describe("user form", () => {
  it("knows what a login and a password are", () => {
    expect(["ann", "Ann.Example@x-y_z", "7"].every(isLogin)).toBe(true);
    expect(["", "a b", "ä", "a/b", "x".repeat(65)].some(isLogin)).toBe(false);
    expect([isPassword("x".repeat(12)), isPassword("x".repeat(11))]).toEqual([true, false]);
  });

  it("adds one by link without a password, and sends no dealers beside all", () => {
    const values = { ...firstValues(undefined), login: " bob ", all_dealers: true, dealers: ["7"], password: "left over" };
    expect(toInput(values)).toEqual({ login: "bob", role: "viewer", all_dealers: true, dealers: [] });
    expect(toInput({ ...values, entry: "password" }).password).toBe("left over");
  });

  it("sends of a known user only what changed", () => {
    const values = firstValues(ann);
    expect(toChange(values, ann)).toEqual({});
    expect(toChange({ ...values, dealers: ["7", "12284"] }, ann)).toEqual({});
    expect(toChange({ ...values, role: "operator", all_dealers: true }, ann)).toEqual({
      role: "operator",
      all_dealers: true,
      dealers: [],
    });
  });
});

describe("search of users", () => {
  const all = { q: "", role: undefined, state: undefined };

  it("is by any part of login or name, in any case", () => {
    expect(matches(ann, { ...all, q: "EXAM" })).toBe(true);
    expect(matches(ann, { ...all, q: "bob" })).toBe(false);
  });

  it("is by role and state", () => {
    const locked = { ...ann, locked_until: "2026-11-01T00:00:00Z" };
    expect([stateOf(ann), stateOf(locked), stateOf({ ...locked, is_active: false })]).toEqual([
      "active",
      "locked",
      "inactive",
    ]);
    expect(matches(locked, { ...all, state: "locked", role: "viewer" })).toBe(true);
    expect(matches(locked, { ...all, state: "active" })).toBe(false);
    expect(matches(ann, { ...all, role: "admin" })).toBe(false);
  });
});

/* What the dealer form sends. */
import { describe, expect, it } from "vitest";
import type { Dealer } from "@shared/api/types";
import { changesNothing, firstValues, isCode, isTestedFirst, toMessage } from "./dealerForm";

const dealer: Dealer = {
  id: "e3a18c82-c500-450f-b6e1-5c5fbe68bf41",
  dealer_id: "12284",
  dealer_name: "Sample Dealer",
  is_active: true,
  upstream: "sim",
  simulated: true,
  has_credential: true,
  created_at: "2026-11-01T00:00:00Z",
  updated_at: "2026-11-01T00:00:00Z",
};

describe("dealer form", () => {
  it("takes the only upstream as given", () => {
    expect(firstValues(undefined, ["sim"]).upstream).toBe("sim");
    expect(firstValues(undefined, ["sim", "west"]).upstream).toBe("");
  });

  it("accepts codes of ten letters, digits, - and _", () => {
    expect(["12284", "A-1_b", "1234567890"].every(isCode)).toBe(true);
    expect(["", "12345678901", "a b", "ä", "a/b"].some(isCode)).toBe(false);
  });

  it("sends a new dealer with what was filled in, trimmed", () => {
    const values = { ...firstValues(undefined, ["sim"]), dealer_id: " 7 ", dealer_name: " Mitra ", api_key: " k " };
    expect(toMessage({ ...values, api_key: "" }, undefined).upstream).toBeUndefined();
    expect(toMessage(values, undefined)).toEqual({
      dealer_id: "7",
      dealer_name: "Mitra",
      upstream: "sim",
      api_key: "k",
      is_active: true,
    });
  });

  it("begins switched off where its connection can be tested first", () => {
    const values = { ...firstValues(undefined, ["sim"]), dealer_id: "7", dealer_name: "Mitra", api_key: "k" };
    expect(isTestedFirst(values, undefined)).toBe(false);
    expect(toMessage({ ...values, secret_key: "s" }, undefined).is_active).toBe(false);
    expect(isTestedFirst({ ...values, secret_key: "s" }, dealer)).toBe(false);
  });

  it("sends of a known dealer only what changed, and never an empty secret", () => {
    const values = firstValues(dealer, ["sim"]);
    expect(changesNothing(toMessage(values, dealer))).toBe(true);
    expect(toMessage({ ...values, is_active: false, secret_key: "s" }, dealer)).toEqual({
      dealer_id: "12284",
      is_active: false,
      secret_key: "s",
    });
  });
});

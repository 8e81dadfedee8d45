/* Who is meant by the form, and what confirms an erasure. */
import { describe, expect, it } from "vitest";
import { NOBODY, confirmation, enoughDigits, reasonFits, toNamed } from "./personForm";

describe("a person", () => {
  it("is named in one way alone, with the dealer where one is chosen", () => {
    const typed = { ...NOBODY, dealer: "7", id: " P1 ", phone: "0812", ktp: "32" };
    expect(toNamed(typed)).toEqual({ dealer_id: "7", id_prospect: "P1" });
    expect(toNamed({ ...typed, way: "phone", dealer: "" })).toEqual({ phone: "0812" });
    expect(toNamed({ ...typed, way: "ktp" })).toEqual({ dealer_id: "7", ktp: "32" });
  });

  it("needs digits enough, in any spelling", () => {
    expect(enoughDigits("phone", "+62 812-9876")).toBe(true);
    expect(enoughDigits("phone", "0812 98")).toBe(false);
    expect(enoughDigits("ktp", "320101 0203")).toBe(true);
    expect(enoughDigits("ktp", "320101020")).toBe(false);
  });
});

describe("an erasure", () => {
  it("is confirmed by the id of the first prospect, or by how many records there are", () => {
    const found = { dealer_id: "7", id_prospect: "P1", units: 1, erased: false };
    expect(confirmation({ items: [found], set_aside: 2 })).toBe("P1");
    expect(confirmation({ items: [], set_aside: 2 })).toBe("2");
  });

  it("needs a reason", () => {
    expect(reasonFits("Request")).toBe(true);
    expect(reasonFits("  why ")).toBe(false);
  });
});

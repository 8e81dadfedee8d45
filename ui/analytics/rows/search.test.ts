/* A search for a person: what is enough, and what the server is sent. */
import { describe, expect, it } from "vitest";
import { enough, reasonFits, toSearch } from "./search";

describe("a search for a person", () => {
  it("needs three characters of a name, seven digits of a number and a reason", () => {
    expect([enough("name", " ab "), enough("name", "a b c")]).toEqual([false, true]);
    expect([enough("phone", "0812-34"), enough("phone", "+62 812 34")]).toEqual([false, true]);
    expect([reasonFits("abcd "), reasonFits("abcde")]).toEqual([false, true]);
  });

  it("names one way, and a dealer unless all are meant", () => {
    expect(toSearch("name", { dealer: "12284", text: " citra ", reason: " Complaint " })).toEqual({
      dealer_id: "12284",
      name: "citra",
      reason: "Complaint",
    });
    expect(toSearch("phone", { dealer: "*", text: "0812", reason: "Complaint" })).toEqual({
      phone: "0812",
      reason: "Complaint",
    });
  });
});

/* Filters of the audit trail in the URL. */
import { describe, expect, it } from "vitest";
import { readFilter } from "./auditFilter";

describe("audit filter", () => {
  it("takes what it knows and nothing else", () => {
    const params = new URLSearchParams({ principal: "ann", kind: "dealer", action: "", other: "x" });
    expect(readFilter(params)).toEqual({ principal: "ann", kind: "dealer" });
  });

  it("takes whole days, the last one included", () => {
    const { from, to } = readFilter(new URLSearchParams({ from: "2026-11-01", to: "2026-11-02" }));
    expect(new Date(to ?? "").getTime() - new Date(from ?? "").getTime()).toBe(2 * 86_400_000);
    expect(readFilter(new URLSearchParams({ from: "soon" }))).toEqual({});
  });
});

/* Filters of quarantine. */
import { describe, expect, it } from "vitest";
import { pretty, readFilter, wholeFilter } from "./quarantineFilter";

const read = (text: string) => readFilter(new URLSearchParams(text));

describe("quarantine filter", () => {
  it("shows what is open unless another state is asked for; `any` is every one", () => {
    expect(read("").state).toBe("open");
    expect(read("state=stored").state).toBe("stored");
    expect(read("state=any").state).toBeUndefined();
  });
});

describe("all that match", () => {
  it("goes by dealer, feed, reason and job", () => {
    expect(wholeFilter(read("dealer=7&reason=row.too_long"))).toEqual({
      dealer_id: "7",
      reason: "row.too_long",
    });
  });

  it("is never everything, nothing that is not open, and nothing by days", () => {
    expect(wholeFilter(read(""))).toBeUndefined();
    expect(wholeFilter(read("dealer=7&state=stored"))).toBeUndefined();
    expect(wholeFilter(read("dealer=7&from=2026-11-01&to=2026-11-02"))).toBeUndefined();
  });
});

describe("a record", () => {
  it("is put on lines of its own, unless it is no JSON", () => {
    expect(pretty('{"a":{"b":1}}')).toBe('{\n  "a": {\n    "b": 1\n  }\n}');
    expect(pretty('{"a":')).toBe('{"a":');
  });
});

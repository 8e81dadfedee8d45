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
  it("goes by dealer, feed, reason, field and job", () => {
    expect(wholeFilter(read("dealer=7&reason=row.too_long&field=alamat"))).toEqual({
      dealer_id: "7",
      reason: "row.too_long",
      field: "alamat",
    });
  });

  it("goes by days as the list does", () => {
    const { state, ...rest } = read("from=2026-11-01&to=2026-11-02");
    expect(state).toBe("open");
    expect(rest.from).toBeDefined();
    expect(wholeFilter(read("from=2026-11-01&to=2026-11-02"))).toEqual({ from: rest.from, to: rest.to });
  });

  it("is never everything, and nothing that is not open", () => {
    expect(wholeFilter(read(""))).toBeUndefined();
    expect(wholeFilter(read("dealer=7&state=stored"))).toBeUndefined();
    expect(wholeFilter(read("dealer=7&state=any"))).toBeUndefined();
  });
});

describe("a record", () => {
  it("is put on lines of its own, unless it is no JSON", () => {
    expect(pretty('{"a":{"b":1}}')).toBe('{\n  "a": {\n    "b": 1\n  }\n}');
    expect(pretty('{"a":')).toBe('{"a":');
  });
});

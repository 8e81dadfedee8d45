/* What rows are asked for, from the URL to the API. */
import { describe, expect, it } from "vitest";
import { fillRoute } from "@shared/api/client";
import { nextSorting } from "@shared/widgets/sorting";
import { readSubject, rowsFilter, writeSubject } from "./subject";

const RANGE = { from: "2026-03-01", to: "2026-03-05" };
const asked = (text: string) => fillRoute("/p", {}, rowsFilter(readSubject(text)!, RANGE));

describe("the rows behind a figure", () => {
  it("come back from the URL as they were put there", () => {
    for (const text of ["status:3", "unit:A:B", "status:", "day:2026-03-05", "id:Z9Z/1:2"]) {
      expect(writeSubject(readSubject(text)!)).toBe(text);
    }
  });

  it("are nothing when the URL makes no sense", () => {
    for (const text of [null, "", "status", "name:3", "day:soon", "id:"]) {
      expect(readSubject(text)).toBeUndefined();
    }
  });

  it("are asked for by code within the range, by day or by id without it", () => {
    expect(asked("sales:900001")).toBe("p?from=2026-03-01&to=2026-03-05&sales=900001");
    expect(asked("day:2026-03-02")).toBe("p?from=2026-03-02&to=2026-03-02");
    expect(asked("id:Z9Z")).toBe("p?q=Z9Z");
  });

  it("without a code are asked for by an empty one", () => {
    expect(asked("status:")).toBe("p?from=2026-03-01&to=2026-03-05&status=");
  });
});

describe("sorting by a head", () => {
  it("takes the largest first, then turns round", () => {
    const first = nextSorting<string>({ sort: "date", ascending: true }, "status");
    expect(first).toEqual({ sort: "status", ascending: false });
    expect(nextSorting(first, "status")).toEqual({ sort: "status", ascending: true });
    expect(nextSorting(first, "name", true)).toEqual({ sort: "name", ascending: true });
  });
});

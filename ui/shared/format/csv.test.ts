/* Tables as CSV. */
import { describe, expect, it } from "vitest";
import { fileName, toCsv } from "./csv";

describe("a table as CSV", () => {
  it("has a head, a line for each row, and quotes where they are needed", () => {
    expect(toCsv(["Day", "Count"], [["1 Nov", 3], ['a "b", c', -1], ["line\nend", 0]])).toBe(
      '\uFEFFDay,Count\r\n1 Nov,3\r\n"a ""b"", c",-1\r\n"line\nend",0\r\n',
    );
  });

  it("has no cell that a spreadsheet would run", () => {
    expect(toCsv(["x"], [["=1+1"], ["+62"], ["-1"], ["@a"], ["\tx"]])).toBe(
      "\uFEFFx\r\n'=1+1\r\n'+62\r\n'-1\r\n'@a\r\n'\tx\r\n",
    );
  });

  it("is saved under a plain name", () => {
    expect(fileName(["Unit types", "12284"], "csv")).toBe("unit-types-12284.csv");
    expect(fileName(["../…"], "png")).toBe("table.png");
  });
});

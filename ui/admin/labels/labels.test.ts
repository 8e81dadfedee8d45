/* Labels: the filters, what a form sends, and files of them. */
import { describe, expect, it } from "vitest";
import { readLabels, type LabelFile } from "./labelFile";
import { BUILT_IN, firstValues, readFilter, toInput, toQuery } from "./labelFilter";

describe("label filter", () => {
  it("takes a known list, and an upstream or those of none", () => {
    expect(readFilter(new URLSearchParams("list=district&of=sim"))).toEqual({ list: "district", of: "sim" });
    expect(readFilter(new URLSearchParams("list=none"))).toEqual({ list: undefined, of: undefined });
    expect(String(toQuery({ of: BUILT_IN }).upstream)).toBe("");
    expect(toQuery({ of: BUILT_IN }).upstream).not.toBe("");
    expect(toQuery({ of: "sim" }).upstream).toBe("sim");
  });
});

describe("label form", () => {
  const known = { list: "district", code: "7", label: "North", indonesian: "Utara", upstream: "sim" };

  it("starts with what is known, for an upstream to be chosen where it is said otherwise", () => {
    expect(firstValues({ known }).upstream).toBe("sim");
    expect(firstValues({ known, otherwise: true })).toMatchObject({ code: "7", label: "North", upstream: "" });
    expect(firstValues({ list: "district" })).toMatchObject({ list: "district", code: "" });
  });

  it("sends no Indonesian label and no upstream where there is none", () => {
    expect(toInput({ ...firstValues({}), label: " South " })).toEqual({ label: "South" });
    expect(toInput({ ...firstValues({ known }) })).toEqual({ label: "North", indonesian: "Utara", upstream: "sim" });
  });
});

describe("a file of labels", () => {
  const read = (text: string) => readLabels(text) as LabelFile;

  it("is counted without head and empty lines, which keep their numbers", () => {
    const file = read("list,code,label\r\n\r\ndistrict,1,One\r\n");
    expect(file.count).toBe(1);
    expect(file.first).toEqual([{ line: 3, cells: ["district", "1", "One"] }]);
    expect(file.csv.split("\n")[2]).toBe("district,1,One");
  });

  it("may have quotes, semicolons and a byte order mark", () => {
    expect(read('\uFEFFdistrict;1;"One, ""the"" first";Satu').csv).toBe('district,1,"One, ""the"" first",Satu');
  });

  it("may be one that was downloaded, of one upstream or none", () => {
    expect(read("upstream,list,code,label,indonesian\n,district,1,One,Satu\n").csv).toBe(
      "list,code,label,indonesian\ndistrict,1,One,Satu\n",
    );
    expect(readLabels("upstream,list,code,label\n,district,1,One\nsim,district,1,Other")).toBe("mixed");
  });

  it("goes to the server with a line that can't be read, as it is", () => {
    expect(read('district,1,"One').csv).toBe('district,1,"One');
  });

  it("is refused when empty, too long or no UTF-8", () => {
    expect(readLabels("list,code,label\n")).toBe("empty");
    expect(readLabels(`district,1,${"x".repeat(300_000)}`)).toBe("long");
    expect(readLabels("district,1,\uFFFD")).toBe("encoding");
  });
});

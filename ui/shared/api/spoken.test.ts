/* What the server says, in the language of the page. */
import { readFileSync } from "node:fs";
import i18next from "i18next";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import openapi from "../openapi.json";
import faults from "../faults/id.json";
import words from "../faults/rules.id.json";
import { ApiError } from "./client";
import { sortErrors } from "./fieldErrors";
import { spokenError, spokenField, withMeaning } from "./spoken";

const LONG = { field: "dealer_name", code: "field.limit", text: "At most 255 bytes are allowed.", rule: "too_long", max: 255 };
const ODD = { field: "hours", code: "field.format", text: "Must be a time of the clock.", rule: "form" };
const NEW = { field: "x", code: "field.later", text: "A rule of a later server.", rule: "later" };

beforeAll(async () => {
  await i18next.init({ lng: "en", fallbackLng: "en", resources: { id: { rules: words, faults } } });
});
afterAll(() => i18next.changeLanguage("en"));

describe("in English", () => {
  beforeEach(() => i18next.changeLanguage("en"));

  it("the server's own words are said", () => {
    expect([LONG, ODD, NEW].map(spokenField)).toEqual([LONG.text, ODD.text, NEW.text]);
    expect(spokenError(new ApiError(404, "record.not_found", "There is no such dealer.", []))).toBe("There is no such dealer.");
  });
});

describe("in Indonesian", () => {
  beforeEach(() => i18next.changeLanguage("id"));

  it("a broken rule is said with its limit, and a vague one with the server's words", () => {
    expect(spokenField(LONG)).toBe("Maksimal 255 karakter.");
    expect(spokenField(ODD)).toBe("Tidak ditulis sebagaimana mestinya. (Must be a time of the clock.)");
  });

  it("what the page has no words for is said by the server", () => {
    expect(spokenField(NEW)).toBe(NEW.text);
    expect(spokenField({ field: "", code: "a.b", text: "So." })).toBe("So.");
    expect(spokenError(new ApiError(500, "later.code", "Later.", []))).toBe("Later.");
  });

  it("an error is said by its code, one about values by these", () => {
    expect(spokenError(new ApiError(503, "bus.no_service", "No process is reachable.", []))).toMatch(/^Tidak ada proses/);
    expect(spokenError(new ApiError(422, "field.limit", "whole", [LONG]))).toBe("dealer_name: Maksimal 255 karakter.");
    expect(sortErrors(new ApiError(422, "field.limit", "whole", [LONG]), { dealer_name: "name" }).fields).toEqual({
      name: "Maksimal 255 karakter.",
    });
  });
});

describe("with what its code means", () => {
  const told = { code: "database.away", text: "It is away.", cause: "Ours is away.", advice: "Look at it.", retry: "later" } as const;

  it("an error says nothing twice", () => {
    expect(withMeaning(told.text, told)).toEqual(["Ours is away. Look at it."]);
    expect(withMeaning("Basis data. Look at it.", told)).toEqual(["Basis data. Look at it."]);
  });

  it("words of this call alone go before it, and stand by themselves where nothing more is known", () => {
    expect(withMeaning("90 jobs, not 2", told)).toEqual(["90 jobs, not 2", "Ours is away. Look at it."]);
    expect(withMeaning("90 jobs, not 2", undefined)).toEqual(["90 jobs, not 2"]);
  });
});

describe("the words", () => {
  it("are there for each rule that the server names", () => {
    const rules = openapi.components.schemas.problem_field.properties.rule.enum;
    expect(Object.keys(words)).toEqual(rules);
  });

  it("are there for each error of the table", () => {
    const table = readFileSync(new URL("../../../proto/errors.def", import.meta.url), "utf8");
    const codes = [...table.matchAll(/^ERR\(\w+, "([\w.]+)"/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(80);
    expect(Object.keys(faults)).toEqual(codes);
    expect(Object.values(faults).filter((text) => !/^[A-Z].*\. .*\.$/.test(text))).toEqual([]);
  });
});

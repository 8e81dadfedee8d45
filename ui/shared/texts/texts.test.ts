/* The catalogues: complete in each language, and the only place of words. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LANGUAGES, pickLanguage } from "./language";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDERS = [
  "shared",
  "shared/coverage",
  "admin",
  "admin/jobs",
  "admin/manage",
  "analytics",
  "analytics/charts",
  "analytics/rows",
  "analytics/group",
];

function flat(node: object, path = ""): [string, string][] {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value]] : flat(value as object, `${path}${key}.`),
  );
}

const catalogue = (folder: string, language: string) =>
  new Map(flat(JSON.parse(readFileSync(join(ROOT, folder, "texts", `${language}.json`), "utf8")) as object));

/** The keys that a language needs of those that English has: its own plural forms of each. */
function needed(english: Iterable<string>, language: string): Set<string> {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const keys = new Set<string>();
  for (const key of english) {
    const plural = /^(.*)_(one|other)$/.exec(key);
    (plural ? forms.map((form) => `${plural[1]}_${form}`) : [key]).forEach((one) => keys.add(one));
  }
  return keys;
}

const marks = (text: string) => (text.match(/\{\{\w+\}\}|<\/?\w+>/g) ?? []).sort();

const english = FOLDERS.flatMap((folder) => [...catalogue(folder, "en")].map(([key, text]) => ({ folder, key, text })));
const others = LANGUAGES.filter((language) => language !== "en");

describe("texts", () => {
  it.each(FOLDERS.flatMap((folder) => others.map((language) => [folder, language] as const)))(
    "of %s: %s has each key that English has, and no other",
    (folder, language) => {
      const keys = new Set(catalogue(folder, language).keys());
      expect(keys).toEqual(needed(catalogue(folder, "en").keys(), language));
    },
  );

  it.each(others)("%s has the values and marks of English in each text", (language) => {
    const wrong = english
      .map(({ folder, key, text }) => ({ folder, key, text, there: catalogue(folder, language).get(key) }))
      .filter(({ text, there }) => there !== undefined && marks(text).join() !== marks(there).join());
    expect(wrong).toEqual([]);
  });

  it("are of every file of the catalogues a language that can be chosen", () => {
    for (const folder of FOLDERS) {
      expect(readdirSync(join(ROOT, folder, "texts")).filter((name) => name.endsWith(".json")).sort()).toEqual(
        LANGUAGES.map((language) => `${language}.json`).sort(),
      );
    }
  });

  it("stand in the catalogues, not in the pages", () => {
    const found: string[] = [];
    for (const folder of FOLDERS) {
      for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
        if (name.endsWith(".tsx")) {
          const code = readFileSync(join(ROOT, folder, name), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
          const words = code.match(/(?<![=\-])>\s*[A-Za-z][\w ,.']*\s[\w ,.']*<|\s(label|title|placeholder|aria-label|alt)="[^"]*[a-z]/g) ?? [];
          found.push(...words.map((word) => `${folder}/${name}: ${word.trim()}`));
        }
      }
    }
    expect(found).toEqual([]);
  });
});

describe("the language", () => {
  it.each([
    ["id", ["en-GB"], "id"],
    [null, ["fr", "id-ID", "en"], "id"],
    [null, ["in"], "id"],
    ["xx", ["en-US", "id"], "en"],
    [null, ["fr"], "en"],
    [null, [], "en"],
  ] as const)("chosen %s and wanted %s is %s", (chosen, wanted, expected) => {
    expect(pickLanguage(chosen, wanted)).toBe(expected);
  });
});

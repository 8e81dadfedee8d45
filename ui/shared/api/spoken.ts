/*
 * What the server says, in the language of the page. It speaks English and names codes and rules; where the page
 * speaks another language, it says these in its own words, and the server's are the fallback.
 */
import i18next from "i18next";
import type { ApiError } from "./client";
import type { FieldError } from "./types";

/** Of these the rule alone says little: the server's words go with it. */
const VAGUE = ["limit", "range", "form", "address", "forbidden"];

function english(): boolean {
  return !i18next.language || i18next.language === "en";
}

/** One sentence about one value. */
export function spokenField({ text, rule, min, max, choices }: FieldError): string {
  const key = `rules:${rule}`;
  if (english() || rule === undefined || !i18next.exists(key)) {
    return text;
  }
  const values = { min, max, choices: choices?.join(", ") };
  const said = (i18next.t as (key: string, values: object) => string)(key, values);
  return VAGUE.includes(rule) ? `${said} (${text})` : said;
}

/** What a failed call is about: the values that were wrong, else the error as such. */
export function spokenError(error: ApiError): string {
  if (english()) {
    return error.message;
  }
  if (error.fields.length > 0) {
    return error.fields.map((row) => (row.field ? `${row.field}: ${spokenField(row)}` : spokenField(row))).join(" ");
  }
  const faults = i18next.getResourceBundle(i18next.language, "faults") as Record<string, string> | undefined;
  return faults?.[error.code] ?? error.message;
}

/*
 * What the server says, in the language of the page. It speaks English and names codes and rules; where the page
 * speaks another language, it says these in its own words, and the server's are the fallback.
 */
import i18next from "i18next";
import type { ApiError } from "./client";
import type { ErrorTold, FieldError } from "./types";

/** Of these the rule alone says little: the server's words go with it. */
const VAGUE = /^(limit|range|form|address)$/;

/** None in English. */
function words(name: "faults" | "rules"): Record<string, string> | undefined {
  return i18next.language ? (i18next.getResourceBundle(i18next.language, name) as Record<string, string>) : undefined;
}

/** One sentence about one value. */
export function spokenField({ text, rule = "", min, max }: FieldError): string {
  const said = words("rules")?.[rule]?.replace(/{{m..}}/, `${min ?? max}`);
  return said ? (VAGUE.test(rule) ? `${said} (${text})` : said) : text;
}

/** What a failed call is about: the values that were wrong, else the error as such. */
export function spokenError({ code, fields, message }: ApiError): string {
  const faults = words("faults");
  if (faults && fields.length > 0) {
    return fields.map((row) => `${row.field}: ${spokenField(row)}`).join(" ");
  }
  return faults?.[code] ?? message;
}

/** What went wrong, then what that means and what to do, where it is known: nothing twice. */
export function withMeaning(text: string, meaning: ErrorTold | undefined): string[] {
  if (!meaning || text.includes(meaning.advice)) {
    return [text];
  }
  const known = `${meaning.cause} ${meaning.advice}`;
  return text === meaning.text ? [known] : [text, known];
}

/*
 * What the drawer of rows is about, as it stands in the URL: `rows=status:3` are those with a code,
 * `rows=day:2026-03-05` those of a day, `rows=id:...` the one with an id. Pure.
 */
import { isDay } from "@shared/format/days";

/** The filters of prospects by a code, by their names in the API. */
export const CODES = ["status", "unit", "source", "method", "follow_up", "sales", "district"] as const;
export type Code = (typeof CODES)[number];
export type PickedBy = Code | "day" | "id";

export interface RowsSubject {
  by: PickedBy;
  key: string;
}

export function writeSubject({ by, key }: RowsSubject): string {
  return `${by}:${key}`;
}

/** Nothing when it makes no sense. */
export function readSubject(text: string | null): RowsSubject | undefined {
  const mark = text?.indexOf(":") ?? -1;
  if (text === null || mark < 0) {
    return undefined;
  }
  const name = text.slice(0, mark);
  const key = text.slice(mark + 1);
  if (name === "day") {
    return isDay(key) ? { by: name, key } : undefined;
  }
  if (name === "id") {
    return key ? { by: name, key } : undefined;
  }
  const by = CODES.find((code) => code === name);
  return by && { by, key };
}

interface Days {
  from?: string;
  to?: string;
}

export type RowsQuery = Record<string, string | readonly string[] | undefined>;

/** The filters of the API. A code that is empty is asked for as such: rows without one. */
export function rowsFilter(subject: RowsSubject, range: Days): RowsQuery {
  switch (subject.by) {
    case "day":
      return { from: subject.key, to: subject.key };
    case "id":
      return { q: subject.key };
    default:
      return { from: range.from, to: range.to, [subject.by]: subject.key === "" ? [""] : subject.key };
  }
}

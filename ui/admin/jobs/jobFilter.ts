/*
 * What the history shows, as the URL keeps it, and as the API is asked for it. Pure.
 */
import type { Job } from "@shared/api/types";
import { addDays, isDay } from "@shared/format/days";
import { STATES } from "./progress";

export type JobKind = NonNullable<Job["kind"]>;
export const KINDS: JobKind[] = ["manual", "rerun", "schedule", "freshness", "backfill", "replay"];

export const FILTERS = ["text", "dealer", "state", "from", "to", "kind", "feed", "who", "schedule"] as const;
export type FilterName = (typeof FILTERS)[number];

export interface JobFilter {
  text?: string | undefined;
  dealer?: string | undefined;
  state?: Job["state"] | undefined;
  /** First and last day on which jobs were asked for, on the reader's calendar. */
  from?: string | undefined;
  to?: string | undefined;
  kind?: JobKind | undefined;
  feed?: string | undefined;
  who?: string | undefined;
  schedule?: string | undefined;
}

export function readFilter(params: URLSearchParams): JobFilter {
  const text = (name: FilterName) => params.get(name) || undefined;
  const day = (name: "from" | "to") => (isDay(params.get(name)) ? text(name) : undefined);
  const schedule = text("schedule");
  return {
    text: text("text"),
    dealer: text("dealer"),
    state: STATES.find((state) => state === params.get("state")),
    from: day("from"),
    to: day("to"),
    kind: KINDS.find((kind) => kind === params.get("kind")),
    feed: text("feed"),
    who: text("who"),
    schedule: schedule && /^[1-9]\d{0,17}$/.test(schedule) ? schedule : undefined,
  };
}

export function isFiltered(filter: JobFilter): boolean {
  return FILTERS.some((name) => filter[name] !== undefined);
}

/** The instant at which a day of the reader's calendar begins. */
function beginOf(day: string): string {
  return new Date(`${day}T00:00:00`).toISOString();
}

export function toQuery(filter: JobFilter) {
  return {
    text: filter.text,
    dealer_id: filter.dealer,
    state: filter.state && [filter.state],
    created_from: filter.from && beginOf(filter.from),
    created_to: filter.to && beginOf(addDays(filter.to, 1)),
    kind: filter.kind,
    feed: filter.feed,
    requested_by: filter.who,
    schedule_id: filter.schedule === undefined ? undefined : Number(filter.schedule),
  };
}

/*
 * The filters of quarantine: as they stand in the URL, as the server takes them, and what names "all that match"
 * in a replay or a dismissal. Pure.
 */
import { dayRange } from "@shared/format/days";

export const STATES = ["open", "replaying", "stored", "dismissed"] as const;
export type RecordState = (typeof STATES)[number];

export interface QuarantineFilter {
  dealer_id?: string;
  feed?: string;
  reason?: string;
  field?: string;
  job_id?: string;
  state?: RecordState;
  from?: string;
  to?: string;
}

export function readFilter(params: URLSearchParams): QuarantineFilter {
  const state = params.get("state") ?? "open";
  return {
    dealer_id: params.get("dealer") ?? undefined,
    feed: params.get("feed") ?? undefined,
    reason: params.get("reason") ?? undefined,
    field: params.get("field") ?? undefined,
    job_id: params.get("job") ?? undefined,
    state: STATES.find((one) => one === state),
    ...dayRange(params.get("from"), params.get("to")),
  };
}

/** What names "all that match" in a message, or nothing: never everything, and open records alone. */
export function wholeFilter({ state, ...rest }: QuarantineFilter) {
  const named = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return state === "open" && Object.keys(named).length > 0 ? named : undefined;
}

/** How long a reason is that is kept. */
export const REASON = { least: 5, most: 200 };
export const reasonFits = (reason: string) => reason.trim().length >= REASON.least;

/** A record as people read it: its JSON on lines of its own; what is none stands as it is. */
export function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

/*
 * The filters of quarantine: as they stand in the URL, as the server takes them, and which of them a
 * replay or a dismissal of "all that match" can go by. Pure.
 */
import { dayRange } from "@shared/format/days";

export const STATES = ["open", "replaying", "stored", "dismissed"] as const;
export type RecordState = (typeof STATES)[number];

export interface QuarantineFilter {
  dealer_id?: string;
  feed?: string;
  reason?: string;
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
    job_id: params.get("job") ?? undefined,
    state: STATES.find((one) => one === state),
    ...dayRange(params.get("from"), params.get("to")),
  };
}

/** What names "all that match" in a message, or nothing: it can't go by days, and takes open records alone. */
export function wholeFilter({ dealer_id, feed, reason, job_id, ...rest }: QuarantineFilter) {
  const named = Object.fromEntries(
    Object.entries({ dealer_id, feed, reason, job_id }).filter(([, value]) => value !== undefined),
  );
  const possible = rest.state === "open" && !rest.from && Object.keys(named).length > 0;
  return possible ? named : undefined;
}

/** A record as people read it: its JSON on lines of its own; what is none stands as it is. */
export function pretty(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

/*
 * The filters of the audit trail: as they stand in the URL, and as the server takes them. Pure.
 */
import { dayRange } from "@shared/format/days";

export const WORDS = ["principal", "kind", "target", "action", "request_id"] as const;
export type AuditWord = (typeof WORDS)[number];

export type AuditFilter = Partial<Record<AuditWord | "from" | "to", string>>;

/** What the trail tells of; each has its word in the catalogues. */
export const KINDS = [
  "dealer",
  "upstream",
  "credential",
  "feed",
  "setting",
  "label",
  "job",
  "bulk",
  "schedule",
  "freshness",
  "pause",
  "quarantine",
  "drift",
  "prospect",
  "person",
  "user",
  "session",
  "sign_in",
  "link",
  "key",
  "master_key",
  "process",
] as const;
export type Kind = (typeof KINDS)[number];

export function kindOf(text: string): Kind | undefined {
  return KINDS.find((kind) => kind === text);
}

export function readFilter(params: URLSearchParams): AuditFilter {
  const filter: AuditFilter = { ...dayRange(params.get("from"), params.get("to")) };
  for (const word of WORDS) {
    const value = params.get(word);
    if (value) {
      filter[word] = value;
    }
  }
  return filter;
}

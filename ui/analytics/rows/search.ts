/*
 * A search for a person, as a form and as the server takes it. What is typed stands in bodies of requests
 * alone. Pure.
 */
import type { ProspectSearch } from "@shared/api/types";
import { ALL_DEALERS } from "../filters/useFilters";

export const WAYS = ["name", "phone"] as const;
export type Way = (typeof WAYS)[number];

export interface SearchValues {
  /** A code, or ALL_DEALERS. */
  dealer: string;
  text: string;
  reason: string;
}

export const MOST = { name: 200, phone: 40, reason: 200 };
const LEAST_REASON = 5;

/** By the fields of the message. */
export const SEARCH_FIELDS: Record<string, keyof SearchValues> = {
  dealer_id: "dealer",
  name: "text",
  phone: "text",
  reason: "reason",
};

export function enough(way: Way, text: string): boolean {
  return way === "name" ? text.replace(/\s/g, "").length >= 3 : text.replace(/\D/g, "").length >= 7;
}

export function reasonFits(reason: string): boolean {
  return reason.trim().length >= LEAST_REASON;
}

export function toSearch(way: Way, { dealer, text, reason }: SearchValues): ProspectSearch {
  return {
    ...(dealer !== ALL_DEALERS && { dealer_id: dealer }),
    [way]: text.trim(),
    reason: reason.trim(),
  };
}

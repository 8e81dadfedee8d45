/*
 * Who is meant, as a form and as the server takes it. Numbers stand in bodies of requests alone. Pure.
 */
import type { PersonNamed, PersonPage } from "@shared/api/types";

export const WAYS = ["id", "phone", "ktp"] as const;
export type Way = (typeof WAYS)[number];

export interface PersonValues {
  way: Way;
  /** Empty: all dealers; not where a prospect's id is given. */
  dealer: string;
  id: string;
  phone: string;
  ktp: string;
}

export const NOBODY: PersonValues = { way: "id", dealer: "", id: "", phone: "", ktp: "" };
export const MAX = { id: 2000, number: 40, reason: 200 };
export const LEAST_REASON = 5;
const LEAST_DIGITS = { phone: 7, ktp: 10 };

export const PERSON_FIELDS: Record<string, keyof PersonValues> = {
  dealer_id: "dealer",
  id_prospect: "id",
  phone: "phone",
  ktp: "ktp",
};

export function enoughDigits(way: "phone" | "ktp", number: string): boolean {
  return number.replace(/\D/g, "").length >= LEAST_DIGITS[way];
}

export function toNamed({ way, dealer, id, phone, ktp }: PersonValues): PersonNamed {
  return {
    ...(dealer && { dealer_id: dealer }),
    ...(way === "id" && { id_prospect: id.trim() }),
    ...(way === "phone" && { phone: phone.trim() }),
    ...(way === "ktp" && { ktp: ktp.trim() }),
  };
}

/** What is typed to confirm an erasure: the id of the first prospect; of records alone, how many they are. */
export function confirmation({ items, set_aside }: PersonPage): string {
  return items[0]?.id_prospect ?? String(set_aside);
}

export function reasonFits(reason: string): boolean {
  return reason.trim().length >= LEAST_REASON;
}

/*
 * The form of a key without its looks, and the state of a key. Pure.
 */
import type { ApiKey, ApiKeyInput } from "@shared/api/types";
import type { Role } from "@shared/session/useMay";

export interface KeyValues {
  name: string;
  role: Role;
  all_dealers: boolean;
  dealers: string[];
  /** Days until it ends; "never" = it does not. */
  ends: string;
}

export const MAX = { name: 200, overlap: 720 };
export const ENDS = ["30", "90", "365", "never"] as const;
export const FIRST: KeyValues = {
  name: "",
  role: "viewer",
  all_dealers: false,
  dealers: [],
  ends: "365",
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export function toInput(values: KeyValues, now: number): ApiKeyInput {
  const days = Number(values.ends);
  return {
    name: values.name.trim(),
    role: values.role,
    all_dealers: values.all_dealers,
    dealers: values.all_dealers ? [] : values.dealers,
    ...(days > 0 && { expires_at: new Date(now + days * DAY_MS).toISOString() }),
  };
}

export type KeyState = "good" | "replaced" | "expired" | "revoked";

export function stateOf(key: ApiKey, now: number): KeyState {
  if (key.revoked_at) {
    return "revoked";
  }
  if (key.expires_at && new Date(key.expires_at).getTime() <= now) {
    return "expired";
  }
  return key.successor ? "replaced" : "good";
}

/** Until when a key works once it is rotated: no longer than it would have anyway. */
export function goodUntil(key: ApiKey, hours: number, now: number): string {
  const overlap = now + hours * HOUR_MS;
  const end = key.expires_at ? new Date(key.expires_at).getTime() : Infinity;
  return new Date(Math.min(overlap, end)).toISOString();
}

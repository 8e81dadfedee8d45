/*
 * What whoever is signed in may do: by role, and whether it may see all dealers. The server decides;
 * this only keeps the pages from offering what it would refuse.
 */
import type { Session } from "../api/types";
import { useSession } from "./useSession";

export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Need {
  who: Role;
  /** Nothing for those who are limited to some dealers. */
  whole?: boolean;
}

export function may(session: Session | null | undefined, { who, whole = false }: Need): boolean {
  const rank = ROLES.findIndex((role) => role === session?.role);
  return rank >= ROLES.indexOf(who) && !(whole && session?.dealers !== undefined);
}

/** What most pages ask: may one run and change things, and are all dealers in sight? */
export function useRights(): { operate: boolean; whole: boolean } {
  const session = useSession().data?.session;
  return { operate: may(session, { who: "operator" }), whole: session?.dealers === undefined };
}

export function useMay(): (who: Role, whole?: boolean) => boolean {
  const session = useSession().data?.session;
  return (who, whole = false) => may(session, { who, whole });
}

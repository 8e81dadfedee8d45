/*
 * What the one who is signed in may do, as the server judges it: by role, and whether all dealers are
 * in sight. Pages use it to leave out what would be refused.
 */
import { useSession } from "./useSession";

const OPERATORS = ["operator", "admin", "service"];

export interface Rights {
  /** Runs and changes things. */
  operate: boolean;
  /** Sees all dealers. */
  whole: boolean;
}

export function useRights(): Rights {
  const session = useSession().data?.session;
  return {
    operate: OPERATORS.includes(session?.role ?? ""),
    whole: session?.dealers === undefined,
  };
}

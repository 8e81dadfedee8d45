/*
 * Holds a dialog that is loaded when it is first opened, and stays from then on, so that it can
 * fade out.
 */
import { Suspense, type ReactNode } from "react";
import { useFocusBack } from "./useFocusBack";
import { useKept } from "./useKept";

interface Props {
  subject: unknown;
  children: ReactNode;
}

export function WhenNeeded({ subject, children }: Props) {
  const ever = useKept(subject) !== undefined;
  useFocusBack(subject !== undefined);
  return ever ? <Suspense fallback={null}>{children}</Suspense> : null;
}

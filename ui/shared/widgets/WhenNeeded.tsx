/*
 * Holds a dialog that is loaded when it is first opened, and stays from then on, so that it can
 * fade out. A dialog that begins open does not know where the focus came from, so that is kept here.
 */
import { Suspense, useEffect, useRef, type ReactNode } from "react";
import { useKept } from "./useKept";

interface Props {
  subject: unknown;
  children: ReactNode;
}

/** Longer than a dialog takes to fade out. */
const FADED_MS = 300;

/** Gives the focus back to what opened the dialog, unless something else has it by then. */
function useFocusBack(open: boolean): void {
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    if (open) {
      opener.current = document.activeElement;
      return undefined;
    }
    const timer = setTimeout(() => {
      const back = opener.current;
      if (back instanceof HTMLElement && back.isConnected && document.activeElement === document.body) {
        back.focus({ preventScroll: true });
      }
    }, FADED_MS);
    return () => clearTimeout(timer);
  }, [open]);
}

export function WhenNeeded({ subject, children }: Props) {
  const ever = useKept(subject) !== undefined;
  useFocusBack(subject !== undefined);
  return ever ? <Suspense fallback={null}>{children}</Suspense> : null;
}

/*
 * Holds a dialog that is loaded when it is first opened, and stays from then on, so that it can
 * fade out. Gives the focus back where the library cannot: a dialog that begins open does not know where it came from,
 * and an entry of a menu is gone by then.
 */
import { Suspense, useEffect, useState, type ReactNode } from "react";
import { useKept } from "./useKept";

interface Props {
  subject: unknown;
  children: ReactNode;
}

/** Longer than a dialog takes to fade out. */
const FADED_MS = 300;

/** What has the focus; for an entry of a menu the button that opened the menu. */
function openerNow(): Element | null {
  const menu = document.activeElement?.closest("[role=menu]");
  return menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : document.activeElement;
}

/** Unless something else has the focus by then. */
export function useFocusBack(open: boolean): void {
  const [opener, setOpener] = useState<Element | null>(null);
  const [was, setWas] = useState(false);
  if (open !== was) {
    // While rendering: once the page has changed, the entry of the menu is gone.
    setWas(open);
    setOpener(open ? openerNow() : opener);
  }
  useEffect(() => {
    if (open) {
      return undefined;
    }
    const timer = setTimeout(() => {
      if (opener instanceof HTMLElement && opener.isConnected && document.activeElement === document.body) {
        opener.focus({ preventScroll: true });
      }
    }, FADED_MS);
    return () => clearTimeout(timer);
  }, [open, opener]);
}

export function WhenNeeded({ subject, children }: Props) {
  const ever = useKept(subject) !== undefined;
  useFocusBack(subject !== undefined);
  return ever ? <Suspense fallback={null}>{children}</Suspense> : null;
}

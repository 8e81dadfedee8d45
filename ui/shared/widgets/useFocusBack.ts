/*
 * Gives the focus back to what opened a dialog, where the library cannot: a dialog that begins open does not know
 * where the focus came from, and an entry of a menu is gone by then.
 */
import { useEffect, useRef } from "react";

/** Longer than a dialog takes to fade out. */
const FADED_MS = 300;

/** What has the focus; for an entry of a menu the button that opened the menu. */
function openerNow(): Element | null {
  const menu = document.activeElement?.closest("[role=menu]");
  return menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : document.activeElement;
}

/** Unless something else has the focus by then. */
export function useFocusBack(open: boolean): void {
  const opener = useRef<Element | null>(null);
  useEffect(() => {
    if (open) {
      opener.current = openerNow();
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

/*
 * Kiosk: the figures alone, for a screen on a wall. It is in the URL, so that such a screen can start with
 * it; where the browser allows it the page fills the screen too.
 */
import { useCallback } from "react";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";

export function useKiosk(): { kiosk: boolean; setKiosk: (on: boolean) => void } {
  const [params, setParams] = useParams();
  const setKiosk = useCallback(
    (on: boolean) => {
      setParams((now) => writeParam(now, "kiosk", on ? "1" : ""), true);
      // A browser may refuse; the page is a kiosk all the same.
      const done = on ? document.documentElement.requestFullscreen?.() : document.fullscreenElement && document.exitFullscreen();
      Promise.resolve(done).catch(() => undefined);
    },
    [setParams],
  );
  return { kiosk: params.get("kiosk") === "1", setKiosk };
}

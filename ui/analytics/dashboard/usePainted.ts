/* Puts off what takes long to make. */
import { useEffect, useState } from "react";

/** Whether what was shown when `there` became true has been painted. */
export function usePainted(there: boolean): boolean {
  const [painted, setPainted] = useState(false);
  useEffect(() => {
    if (!there) {
      return;
    }
    let later: ReturnType<typeof setTimeout> | undefined;
    const frame = requestAnimationFrame(() => {
      later = setTimeout(() => setPainted(true)); // a frame's callbacks run before it is painted
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(later);
    };
  }, [there]);
  return painted;
}

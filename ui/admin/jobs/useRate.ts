/*
 * Rows a second, from how a counter moved in the last seconds.
 */
import { useEffect, useState } from "react";
import { useNow } from "@shared/format/useFormat";
import { addSample, rateOf, type Sample } from "./progress";

export function useRate(rows: number, running: boolean): number | undefined {
  const now = useNow(1_000);
  const [samples, setSamples] = useState<Sample[]>([]);
  useEffect(() => {
    if (running) {
      setSamples((old) => addSample(old, { at: now, rows }));
    }
  }, [rows, now, running]);
  return running ? rateOf(samples) : undefined;
}

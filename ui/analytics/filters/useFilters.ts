/*
 * What the dashboard shows, kept in the URL: `#/?dealer=12284&range=90d`. A copied address shows
 * the same to somebody else.
 */
import { useCallback, useMemo } from "react";
import { readRange, writeParam, writeRange, type RangeChoice } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";

export interface Filters {
  dealer: string | undefined;
  range: RangeChoice;
  setDealer: (dealer: string | null) => void;
  setRange: (range: RangeChoice) => void;
}

export function useFilters(): Filters {
  const [params, setParams] = useParams();
  const setDealer = useCallback(
    (dealer: string | null) => setParams((now) => writeParam(now, "dealer", dealer)),
    [setParams],
  );
  const setRange = useCallback(
    (range: RangeChoice) => setParams((now) => writeRange(now, range)),
    [setParams],
  );
  return useMemo(
    () => ({
      dealer: params.get("dealer") ?? undefined,
      range: readRange(params),
      setDealer,
      setRange,
    }),
    [params, setDealer, setRange],
  );
}

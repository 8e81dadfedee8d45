/*
 * What the dashboard shows, kept in the URL: `#/?dealer=12284,99901&range=90d&compare=previous`. A copied
 * address shows the same to somebody else, as far as they may see it.
 */
import { useCallback, useMemo } from "react";
import { readRange, writeParam, writeRange, type RangeChoice } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";

/** Stands for all dealers that one may see. */
export const ALL_DEALERS = "*";

export const COMPARISONS = ["previous", "year"] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface Filters {
  /** Codes, or ALL_DEALERS alone; none = nothing was chosen yet. */
  dealers: string[];
  range: RangeChoice;
  compare: Comparison | undefined;
  setDealers: (dealers: string[]) => void;
  setRange: (range: RangeChoice) => void;
  setCompare: (compare: Comparison | undefined) => void;
}

export function readDealers(params: URLSearchParams): string[] {
  const codes = (params.get("dealer") ?? "").split(",").filter(Boolean);
  return codes.includes(ALL_DEALERS) ? [ALL_DEALERS] : [...new Set(codes)];
}

export function useFilters(): Filters {
  const [params, setParams] = useParams();
  const setDealers = useCallback(
    (dealers: string[]) => setParams((now) => writeParam(now, "dealer", dealers.join(","))),
    [setParams],
  );
  const setRange = useCallback(
    (range: RangeChoice) => setParams((now) => writeRange(now, range)),
    [setParams],
  );
  const setCompare = useCallback(
    (compare: Comparison | undefined) => setParams((now) => writeParam(now, "compare", compare), true),
    [setParams],
  );
  return useMemo(
    () => ({
      dealers: readDealers(params),
      range: readRange(params),
      compare: COMPARISONS.find((one) => one === params.get("compare")),
      setDealers,
      setRange,
      setCompare,
    }),
    [params, setDealers, setRange, setCompare],
  );
}

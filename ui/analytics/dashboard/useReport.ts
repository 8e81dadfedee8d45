/*
 * The queries of the dashboard. They refresh every five minutes while the page is seen, at once
 * when the services tell of new data, and keep the last good answer when a refresh fails.
 */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apiGet } from "@shared/api/client";
import type { ReportDealer } from "@shared/api/types";
import { todayIn } from "@shared/format/days";
import { rangeDays, type RangeChoice } from "@shared/format/ranges";
import { useRefreshOn } from "@shared/live/LiveProvider";
import { ALL_DEALERS, useFilters, type Comparison } from "../filters/useFilters";

export const REFRESH_MS = 5 * 60_000;
/** While something is away the page asks more often. */
const RETRY_MS = 15_000;
const FETCHES_PER_PAGE = 10;
const MOST_DEALERS = 1000;
/** Zone of the first guess of today, until an answer says what day it is at the dealer's. */
const DEFAULT_ZONE = "Asia/Jakarta";

function pace(query: { state: { status: string } }, stale = false): number {
  return stale || query.state.status === "error" ? RETRY_MS : REFRESH_MS;
}

export function useReportDealers() {
  useRefreshOn("dealer.changed", () => [["report", "dealers"]]);
  return useQuery({
    queryKey: ["report", "dealers"],
    queryFn: ({ signal }) => apiGet("/api/v1/report/dealers", { signal }),
    refetchInterval: (query) => pace(query),
  });
}

function firstDealer(dealers: ReportDealer[]): string[] {
  const first = dealers.find((dealer) => dealer.is_active) ?? dealers[0];
  return first ? [first.dealer_id] : [];
}

/** A list as long as it may be does not tell that there are no others. */
function mayBeIn(dealers: ReportDealer[], code: string): boolean {
  return (
    code === ALL_DEALERS || dealers.length >= MOST_DEALERS || dealers.some((one) => one.dealer_id === code)
  );
}

/**
 * The dealers in sight, and the codes of those that are shown: the first active one if none was chosen; nothing while
 * one of the chosen ones, or any at all, is not in sight.
 */
export function useChosen() {
  const filters = useFilters();
  const dealers = useReportDealers();
  const list = dealers.data?.items ?? [];
  const unseen = dealers.data ? filters.dealers.filter((code) => !mayBeIn(list, code)) : [];
  const wanted = filters.dealers.length > 0 ? filters.dealers : firstDealer(list);
  const none = unseen.length > 0 || dealers.data?.items.length === 0;
  const chosen = none ? [] : wanted;
  const summary = useSummary(chosen, filters.range, filters.range.preset === "all" ? undefined : filters.compare);
  return { filters, dealers, list, chosen, unseen, summary };
}

/** The figures of the chosen dealers, of all for ALL_DEALERS, and with `compare` those of another time. */
export function useSummary(dealers: string[], range: RangeChoice, compare: Comparison | undefined) {
  const lang = useTranslation().i18n.language === "id" ? "id" : "en";
  const chosen = dealers.join(",");
  const all = chosen === ALL_DEALERS;
  const [today, setToday] = useState(() => todayIn(DEFAULT_ZONE));
  const { from, to } = rangeDays(range, today);
  useRefreshOn("data.changed", (data) => {
    const of = data["dealer_id"];
    const shown = of === undefined || all || dealers.includes(String(of));
    return shown ? [["report", "summary", chosen]] : [];
  });
  const ask = {
    ...(all ? {} : dealers.length > 1 ? { dealer_ids: dealers } : { dealer_id: chosen }),
    from,
    to,
    compare,
    lang: lang as "en" | "id",
  };
  const query = useQuery({
    queryKey: ["report", "summary", chosen, from, to, compare, lang],
    queryFn: ({ signal }) =>
      apiGet("/api/v1/report/prospects", {
        query: ask,
        signal,
      }),
    enabled: chosen !== "",
    refetchInterval: (query) => pace(query, query.state.data?.stamp.stale),
    // Figures of another range may stand while the new ones come; those of another dealer not.
    placeholderData: (last, lastQuery) =>
      lastQuery?.queryKey[2] === chosen ? last : undefined,
  });
  if (query.data && !query.isPlaceholderData && query.data.today !== today) {
    setToday(query.data.today);
  }
  return { ...query, today, ask };
}

export function useFetches(dealer: string | undefined) {
  useRefreshOn("data.changed", () => [["report", "fetches", dealer]]);
  useRefreshOn("job.changed", () => [["report", "fetches", dealer]], 3_000);
  return useInfiniteQuery({
    queryKey: ["report", "fetches", dealer],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/report/fetches", {
        query: { dealer_id: dealer, limit: FETCHES_PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    refetchInterval: (query) => pace(query),
  });
}

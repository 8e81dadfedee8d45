/*
 * Dealers side by side, by what is in the URL: `#/group?dealers=12284,99901&range=90d&sort=change&order=asc`.
 */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { apiGet } from "@shared/api/client";
import { latestToday } from "@shared/format/days";
import { writeParam } from "@shared/format/ranges";
import { useRefreshOn } from "@shared/live/LiveProvider";
import { useParams } from "@shared/route/useRoute";
import type { Sorting } from "@shared/widgets/sorting";
import { useFilters } from "../filters/useFilters";
import { REFRESH_MS, useReportDealers } from "../dashboard/useReport";
import { groupDays } from "./groupRange";

export const SORTS = ["name", "total", "change", "recent", "active", "new", "deal_rate", "gaps", "fetched_at"] as const;
export type Sort = (typeof SORTS)[number];

const REREAD_MS = 5_000;

export function useGroupFilters() {
  const [params, setParams] = useParams();
  const { range, compare, setRange, setCompare } = useFilters();
  const set = (name: string, value: string | null) => setParams((now) => writeParam(now, name, value), true);
  const sorting: Sorting<Sort> = {
    sort: SORTS.find((sort) => sort === params.get("sort")) ?? "total",
    ascending: params.get("order") === "asc",
  };
  const setSorting = (next: Sorting<Sort>) =>
    setParams(
      (now) =>
        writeParam(
          writeParam(now, "sort", next.sort === "total" ? null : next.sort),
          "order",
          next.ascending ? "asc" : null,
        ),
      true,
    );
  return {
    dealers: (params.get("dealers") ?? "").split(",").filter(Boolean),
    setDealers: (codes: string[]) => set("dealers", codes.join(",")),
    lines: params.get("view") === "lines",
    setLines: (on: boolean) => set("view", on ? "lines" : null),
    range,
    setRange,
    compare,
    setCompare,
    sorting,
    setSorting,
  };
}

export function useGroup({ dealers, range, compare, sorting }: ReturnType<typeof useGroupFilters>) {
  const list = useReportDealers();
  const known = list.data?.items ?? [];
  const today = latestToday(dealers.length > 0 ? known.filter((one) => dealers.includes(one.dealer_id)) : known);
  const { from, to, clamped } = groupDays(range, today);
  const ask = {
    dealer_ids: dealers.length > 0 ? dealers : undefined,
    from,
    to,
    compare,
    sort: sorting.sort,
    order: sorting.ascending ? ("asc" as const) : ("desc" as const),
  };
  useRefreshOn("data.changed", () => [["report", "group"]], REREAD_MS);
  useRefreshOn("dealer.changed", () => [["report", "group"]]);
  const query = useQuery({
    queryKey: ["report", "group", ask],
    queryFn: ({ signal }) => apiGet("/api/v1/report/group", { query: ask, signal }),
    // Their zones say what day it is.
    enabled: !list.isPending,
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });
  return { query, ask, today, clamped };
}

/*
 * What the drawer of rows shows: the subject of the URL, whose rows, in which order, and its name in words,
 * which the figures beside it tell.
 */
import { useTranslation } from "react-i18next";
import type { CodeCount, Summary } from "@shared/api/types";
import { rangeDays, writeParam } from "@shared/format/ranges";
import { useFormat } from "@shared/format/useFormat";
import { useParams } from "@shared/route/useRoute";
import { useRights } from "@shared/session/useMay";
import type { Sorting } from "@shared/widgets/sorting";
import { useChosen } from "../dashboard/useReport";
import { ALL_DEALERS } from "../filters/useFilters";
import { readSubject, rowsFilter, type Code, type RowsQuery } from "./subject";

export const SORTS = ["date", "status", "sales"] as const;
export type Sort = (typeof SORTS)[number];

const ITEMS: Record<Code, (data: Summary) => CodeCount[] | undefined> = {
  status: (data) => data.status_distribution,
  unit: (data) => data.unit_types,
  source: (data) => data.sources?.items,
  method: (data) => data.follow_up_methods?.items,
  follow_up: (data) => data.follow_up_states?.items,
  sales: (data) => data.sales_people?.items,
  district: (data) => data.districts?.items,
};

/** The dealers whose rows can be listed: one at a time, or all for those who may see all. */
export function useDealerOptions(everyone: boolean) {
  const { chosen, list } = useChosen();
  const { whole } = useRights();
  const all = everyone || chosen[0] === ALL_DEALERS;
  const codes = all ? list.map((one) => one.dealer_id) : chosen;
  const names = new Map(list.map((one) => [one.dealer_id, one.dealer_name]));
  return { codes: all && whole && list.length > 1 ? [ALL_DEALERS, ...codes] : codes, names };
}

export function useRowsSubject(text: string | undefined) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const [params, setParams] = useParams();
  const { filters, summary } = useChosen();
  const subject = readSubject(text ?? null);
  const { codes, names } = useDealerOptions(subject?.by === "id");
  const dealer = codes.find((code) => code === params.get("of")) ?? codes[0];
  const range = rangeDays(filters.range, summary.today);
  const sorting: Sorting<Sort> = {
    sort: SORTS.find((sort) => sort === params.get("by")) ?? "date",
    ascending: params.get("order") === "asc",
  };
  const setSorting = (next: Sorting<Sort>) =>
    setParams(
      (now) =>
        writeParam(
          writeParam(now, "by", next.sort === "date" ? null : next.sort),
          "order",
          next.ascending ? "asc" : null,
        ),
      true,
    );
  const ask: RowsQuery = {
    dealer_id: dealer === ALL_DEALERS ? undefined : dealer,
    ...(subject ? rowsFilter(subject, range) : {}),
    sort: sorting.sort,
    order: sorting.ascending ? "asc" : "desc",
  };
  const nameOf = () => {
    if (!subject) {
      return t("rows.title");
    }
    const { by, key } = subject;
    const item = by === "day" || by === "id" ? undefined : summary.data && ITEMS[by](summary.data);
    const label = item?.find((one) => one.code === key)?.label;
    const value = by === "day" ? format.longDay(key) : label || key || t("rows.noCode");
    return t("rows.of", { what: t(`rows.by.${by}`), value });
  };
  return {
    subject,
    title: nameOf(),
    dealer,
    codes,
    names,
    setDealer: (code: string | null) => setParams((now) => writeParam(now, "of", code), true),
    days: subject?.by === "id" || subject?.by === "day" ? undefined : range,
    sorting,
    setSorting,
    ask,
    ready: subject !== undefined && dealer !== undefined,
  };
}

/*
 * The prospects behind a figure, page by page. Names in full are a question of their own: each page of
 * them is kept in the audit trail, so that they are read once and never again by themselves.
 */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { apiGet } from "@shared/api/client";
import { ONCE } from "@shared/api/once";
import type { Query } from "@shared/api/types";
import { useRefreshOn } from "@shared/live/LiveProvider";
import type { RowsQuery } from "./subject";

const ROWS_PER_PAGE = 50;
const REREAD_MS = 10_000;

export function useRows(ask: RowsQuery, reason: string | undefined, wanted: boolean) {
  const lang = useTranslation().i18n.language === "id" ? "id" : "en";
  useRefreshOn("data.changed", () => [["rows", "masked"]], REREAD_MS);
  return useInfiniteQuery({
    queryKey: ["rows", reason === undefined ? "masked" : "full", ask, lang, reason],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/prospects", {
        query: {
          ...ask,
          lang,
          limit: ROWS_PER_PAGE,
          cursor: pageParam,
          ...(pageParam === undefined ? { count: true } : {}),
          ...(reason === undefined ? {} : { reveal: true, reason }),
        } as Query<"/api/v1/prospects", "get">,
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    enabled: wanted,
    ...(reason === undefined ? {} : ONCE),
  });
}

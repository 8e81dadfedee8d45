/*
 * The feeds, as the server tells them, by name. One without a word of its own is shown by its code.
 */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { apiGet } from "@shared/api/client";

/** What is fetched where nothing else is said; so the server has it, too. */
export const USUAL_FEED = "prsp";
const FRESH_MS = 5 * 60_000;

export function useFeedQuery() {
  return useQuery({
    queryKey: ["feeds"],
    queryFn: ({ signal }) => apiGet("/api/v1/feeds", { signal }),
    staleTime: FRESH_MS,
  });
}

export function useFeeds() {
  const { t, i18n } = useTranslation("admin");
  const codes = useFeedQuery().data?.items.map(({ feed }) => feed) ?? [USUAL_FEED];
  const name = (code: string) =>
    i18n.exists(`admin:feed.${code}`) ? t(`feed.${code}` as "feed.prsp") : code;
  return { name, codes, options: codes.map((code) => ({ value: code, label: name(code) })) };
}

/*
 * The feeds by name. What is not known here is shown by its code.
 */
import { useTranslation } from "react-i18next";

export const FEEDS = ["prsp"] as const;

export function useFeeds() {
  const { t } = useTranslation("admin");
  const name = (code: string) => {
    const known = FEEDS.find((feed) => feed === code);
    return known ? t(`feed.${known}`) : code;
  };
  return { name, options: FEEDS.map((feed) => ({ value: feed as string, label: t(`feed.${feed}`) })) };
}

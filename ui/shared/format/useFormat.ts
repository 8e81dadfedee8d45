/*
 * The formats in the language of the page, and a clock for relative times.
 */
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  formatAgo,
  formatDay,
  formatLongDay,
  formatMoment,
  formatSoon,
  formatWindow,
} from "./days";
import { formatBytes, formatCount, formatDuration, formatShare, formatSigned } from "./numbers";

const LOCALES: Record<string, string> = { en: "en-GB", id: "id-ID" };

export function useFormat() {
  const { i18n } = useTranslation();
  const locale = LOCALES[i18n.language] ?? "en-GB";
  return useMemo(
    () => ({
      locale,
      count: (value: number) => formatCount(value, locale),
      signed: (value: number) => formatSigned(value, locale),
      share: (part: number, whole: number) => formatShare(part, whole, locale),
      duration: (seconds: number) => formatDuration(seconds, locale),
      bytes: (bytes: number) => formatBytes(bytes, locale),
      day: (day: string, withYear = true) => formatDay(day, locale, withYear),
      longDay: (day: string) => formatLongDay(day, locale),
      moment: (text: string) => formatMoment(text, locale),
      ago: (text: string, now: number) => formatAgo(text, now, locale),
      soon: (text: string, now: number) => formatSoon(text, now, locale),
      window: (from: string, to: string) => formatWindow(from, to, locale),
    }),
    [locale],
  );
}

/** The time of day, renewed every `everyMs`. */
export function useNow(everyMs = 15_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

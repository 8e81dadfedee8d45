/*
 * Cron expressions in the words of the page's language: "Every day at 06:00, Jakarta time".
 */
import { useTranslation } from "react-i18next";
import { useFormat } from "@shared/format/useFormat";
import { asRange, placeOf, readCron, type CronShape } from "./cronWords";

/** A Sunday, from which weekdays are counted. */
const SUNDAY = Date.UTC(2026, 2, 1);

export function useWeekdays(): (day: number, style?: "long" | "short") => string {
  const { locale } = useFormat();
  return (day, style = "long") =>
    new Intl.DateTimeFormat(locale, { weekday: style, timeZone: "UTC" }).format(SUNDAY + day * 86_400_000);
}

export function useCronWords() {
  const { t } = useTranslation("admin");
  const { locale } = useFormat();
  const weekday = useWeekdays();
  const and = new Intl.ListFormat(locale, { type: "conjunction" });

  function days(week: number[], times: string): string {
    const range = asRange(week);
    return range
      ? t("cron.dayRange", { first: weekday(range[0]), last: weekday(range[1]), times })
      : t("cron.days", { days: and.format(week.map((day) => weekday(day))), times });
  }

  function words(shape: CronShape): string {
    switch (shape.shape) {
      case "minutes":
        return t("cron.minutes", { count: shape.every });
      case "hourly":
        return t("cron.hourly", { minute: shape.minute });
      case "hours":
        return t("cron.hours", { count: shape.every, minute: shape.minute });
      case "monthly":
        return t("cron.monthly", { day: shape.day, time: shape.time });
      case "times": {
        const times = and.format(shape.times);
        return shape.weekdays ? days(shape.weekdays, times) : t("cron.daily", { times });
      }
    }
  }

  return (cron: string, zone: string): string => {
    const shape = readCron(cron);
    const place = placeOf(zone);
    const when = place === "UTC" ? "UTC" : t("cron.zone", { place });
    const text = `${shape ? words(shape) : t("cron.raw", { cron })}, ${when}`;
    return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  };
}

/* The calendar of the custom range. A module of its own, so that it is loaded on first use. */
import { DatePicker } from "@mantine/dates";
import { useState } from "react";
import { useTranslation } from "react-i18next";

interface Props {
  from: string | undefined;
  to: string | undefined;
  today: string;
  onDone: (from: string, to: string) => void;
}

export default function RangeCalendar({ from, to, today, onDone }: Props) {
  const { t, i18n } = useTranslation("analytics");
  const [range, setRange] = useState<[string | null, string | null]>([from ?? null, to ?? null]);
  return (
    <DatePicker
      type="range"
      allowSingleDateInRange
      value={range}
      defaultDate={to ?? today}
      maxDate={today}
      firstDayOfWeek={1}
      locale={i18n.language}
      aria-label={t("range.custom")}
      onChange={(next) => {
        setRange(next);
        if (next[0] && next[1]) {
          onDone(next[0], next[1]);
        }
      }}
    />
  );
}

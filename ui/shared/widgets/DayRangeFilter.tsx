/* A range of days as a filter, in the URL as from and to. */
import type { BoxProps } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { isDay } from "../format/days";
import { writeParam } from "../format/ranges";
import { useParams } from "../route/useRoute";

type Days = [string | null, string | null];

export function DayRangeFilter({ w }: { w: BoxProps["w"] }) {
  const { t, i18n } = useTranslation("shared");
  const [params, setParams] = useParams();
  const [half, setHalf] = useState<string>();
  const day = (name: string) => (isDay(params.get(name)) ? params.get(name) : null);
  const choose = ([from, to]: Days) => {
    // A range with one end is a choice in the making, and no filter.
    setHalf(from && !to ? from : undefined);
    if (!from === !to) {
      setParams((now) => writeParam(writeParam(now, "from", from), "to", to), true);
    }
  };
  return (
    <DatePickerInput
      type="range"
      aria-label={t("filter.days")}
      placeholder={t("filter.days")}
      locale={i18n.language}
      valueFormat="D MMM YYYY"
      allowSingleDateInRange
      clearable
      clearButtonProps={{ "aria-label": t("filter.clearDays") }}
      value={half ? [half, null] : [day("from"), day("to")]}
      onChange={choose}
      w={w}
    />
  );
}

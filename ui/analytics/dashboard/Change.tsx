/*
 * How a figure compares with that of another time, in words. More is not always better, so that the colour
 * says only which way it went where that is known to be good or bad.
 */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@shared/format/useFormat";

interface Props {
  now: number | undefined;
  before: number | undefined;
  /** The days compared with, as people read them. */
  days: string;
  /** The figures are shares; their difference is told in points of a hundred. */
  rate?: boolean;
}

export function Change({ now, before, days, rate = false }: Props) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  if (now === undefined || before === undefined || (!rate && before === 0)) {
    return (
      <Text size="xs" c="dimmed" data-change="none">
        {t("compare.nothing", { days })}
      </Text>
    );
  }
  const change = rate ? (now - before) * 100 : (now / before - 1) * 100;
  const rounded = Math.round(change * 10) / 10;
  if (rounded === 0) {
    return (
      <Text size="xs" c="dimmed" data-change="same">
        {t("compare.same", { days })}
      </Text>
    );
  }
  const text = rate ? t("compare.points", { n: format.signed(rounded) }) : `${format.signed(rounded)}%`;
  return (
    <Text size="xs" c="dimmed" data-change={rounded > 0 ? "up" : "down"}>
      <Text span inherit fw={600} c={rounded > 0 ? "var(--change-up)" : "var(--change-down)"}>
        {rounded > 0 ? "▲" : "▼"} {text}
      </Text>{" "}
      {t("compare.against", { change: "", days }).trim()}
    </Text>
  );
}

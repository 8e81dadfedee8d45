/*
 * The three charts of a dealer, each with its table twin.
 */
import { Grid, useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Summary } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ChartCanvas } from "./ChartCanvas";
import { ChartPanel } from "./ChartPanel";
import { dailyOption, statusOption, topUnits, unitOption, type Words } from "./options";
import { paletteOf, type Palette } from "./palette";

const DAILY_HEIGHT = 280;
const SMALL_HEIGHT = 300;

interface PartProps {
  data: Summary | undefined;
  words: Words;
  palette: Palette;
}

function DailyChart({ data, words, palette }: PartProps) {
  const { t } = useTranslation("analytics");
  const days = useMemo(() => data?.daily_counts ?? [], [data]);
  const today = data?.today ?? "";
  const option = useMemo(
    () => dailyOption(days, today, words, palette),
    [days, today, words, palette],
  );
  const total = days.reduce((sum, day) => sum + day.count, 0);
  const peak = days.reduce((best, day) => (day.count > best.count ? day : best), {
    date: "",
    count: 0,
  });
  const says = t("chart.daily.says", {
    total: words.count(total),
    days: days.length,
    max: peak.count,
    maxDay: peak.date ? words.longDay(peak.date) : "–",
  });
  return (
    <ChartPanel
      title={t("chart.daily.title")}
      height={DAILY_HEIGHT}
      loading={!data}
      empty={total === 0}
      columns={[{ title: t("chart.daily.date") }, { title: t("chart.count"), number: true }]}
      rows={days
        .map((day) => ({ key: day.date, cells: [words.longDay(day.date), words.count(day.count)] }))
        .reverse()}
    >
      <ChartCanvas option={option} height={DAILY_HEIGHT} says={says} />
    </ChartPanel>
  );
}

function StatusChart({ data, words, palette }: PartProps) {
  const { t } = useTranslation("analytics");
  const unknown = t("chart.unknown");
  const counts = useMemo(
    () =>
      (data?.status_distribution ?? []).map((one) => ({
        ...one,
        label: one.label || one.code || unknown,
      })),
    [data, unknown],
  );
  const option = useMemo(() => statusOption(counts, words, palette), [counts, words, palette]);
  const whole = counts.reduce((sum, one) => sum + one.count, 0);
  const list = counts.map((one) => `${one.label} ${words.count(one.count)}`).join(", ");
  return (
    <ChartPanel
      title={t("chart.status.title")}
      height={SMALL_HEIGHT}
      loading={!data}
      empty={whole === 0}
      columns={[
        { title: t("chart.status.code") },
        { title: t("chart.count"), number: true },
        { title: t("chart.share"), number: true },
      ]}
      rows={counts.map((one) => ({
        key: one.code,
        cells: [one.label, words.count(one.count), words.share(one.count, whole)],
      }))}
    >
      <ChartCanvas option={option} height={SMALL_HEIGHT} says={t("chart.status.says", { list })} />
    </ChartPanel>
  );
}

function UnitChart({ data, words, palette }: PartProps) {
  const { t } = useTranslation("analytics");
  const units = useMemo(() => {
    const unknown = t("chart.unknown");
    return (data?.unit_types ?? [])
      .map((unit) => ({ ...unit, label: unit.label || unit.code || unknown }))
      .sort((a, b) => b.count - a.count);
  }, [data, t]);
  const option = useMemo(() => {
    const rows = topUnits(units, (n) => t("chart.unit.others", { n }));
    return unitOption(rows, { ...words, measure: t("chart.unit.units").toLowerCase() }, palette);
  }, [units, words, palette, t]);
  const whole = units.reduce((sum, unit) => sum + unit.count, 0);
  const list = units
    .slice(0, 5)
    .map((unit) => `${unit.label} ${words.count(unit.count)}`)
    .join(", ");
  return (
    <ChartPanel
      title={t("chart.unit.title")}
      height={SMALL_HEIGHT}
      loading={!data}
      empty={whole === 0}
      columns={[
        { title: t("chart.unit.code") },
        { title: t("chart.unit.units"), number: true },
        { title: t("chart.share"), number: true },
      ]}
      rows={units.map((unit) => ({
        key: unit.code,
        cells: [unit.label, words.count(unit.count), words.share(unit.count, whole)],
      }))}
    >
      <ChartCanvas option={option} height={SMALL_HEIGHT} says={t("chart.unit.says", { list })} />
    </ChartPanel>
  );
}

export function Charts({ data }: { data: Summary | undefined }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const palette = paletteOf(useComputedColorScheme("light") === "dark");
  const words = useMemo<Words>(
    () => ({
      count: format.count,
      share: format.share,
      day: format.day,
      longDay: format.longDay,
      measure: t("chart.count").toLowerCase(),
      soFar: t("chart.soFar"),
    }),
    [format, t],
  );
  return (
    <Grid gap="md">
      <Grid.Col span={12}>
        <DailyChart data={data} words={words} palette={palette} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <StatusChart data={data} words={words} palette={palette} />
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <UnitChart data={data} words={words} palette={palette} />
      </Grid.Col>
    </Grid>
  );
}

/*
 * The charts of the chosen dealers and days. Each has a table twin; a part that is picked opens the rows
 * behind it.
 */
import { Grid, useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Breakdown, CodeCount, Summary } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import type { PickedBy } from "../rows/subject";
import { ChartPanel } from "./ChartPanel";
import {
  barOption,
  dailyOption,
  funnelOption,
  gapsByDay,
  statusOption,
  topBars,
  type Words,
} from "./options";
import "./texts";
import { paletteOf, type Palette } from "@shared/charts/palette";

const DAILY_HEIGHT = 280;
const SMALL_HEIGHT = 300;
/** For one bar, of which there may be few. */
const BAR_ROOM = 44;

export type OnPick = (by: PickedBy, key: string) => void;

/** The key of the bar of all the rest, which are no code to ask for. */
const REST = "\u0000rest";

interface PartProps {
  data: Summary | undefined;
  subject: string;
  words: Words;
  palette: Palette;
  onPick: OnPick | undefined;
}

function DailyChart({ data, subject, words, palette, onPick }: PartProps) {
  const { t } = useTranslation("analytics");
  const days = useMemo(() => data?.daily_counts ?? [], [data]);
  const total = days.reduce((sum, day) => sum + day.count, 0);
  const peak = days.reduce((best, day) => (day.count > best.count ? day : best), { date: "", count: 0 });
  const previous = data?.previous?.daily_counts;
  const missing = useMemo(() => gapsByDay(days, data?.today ?? "", data?.gaps), [days, data]);
  const gaps = missing.filter(Boolean).length;
  const option = useMemo(
    () =>
      dailyOption(days, data?.today ?? "", words, palette, {
        previous,
        gaps: data?.gaps,
        gapText: (state) => t(`gap.${state}`),
      }),
    [days, data, words, palette, previous, t],
  );
  const says = t("chart.daily.says", {
    total: words.count(total),
    days: days.length,
    max: peak.count,
    maxDay: peak.date ? words.longDay(peak.date) : "–",
  });
  const rows =
    total === 0 && gaps === 0
      ? []
      : days
          .map((day, at) => {
            const state = missing[at];
            const before = previous?.[at];
            const data = state ? t(`gap.${state}`) : "";
            return {
              key: day.date,
              cells: [
                words.longDay(day.date),
                words.count(day.count),
                ...(previous ? [before ? words.count(before.count) : "–"] : []),
                ...(gaps > 0 ? [data] : []),
              ],
              raw: [
                day.date,
                day.count,
                ...(previous ? [before ? before.count : ""] : []),
                ...(gaps > 0 ? [data] : []),
              ],
            };
          })
          .reverse();
  return (
    <ChartPanel
      title={t("chart.daily.title")}
      subject={subject}
      height={DAILY_HEIGHT}
      loading={!data}
      columns={[
        { title: t("chart.daily.date") },
        { title: t("chart.count"), number: true },
        ...(previous ? [{ title: t("compare.before"), number: true }] : []),
        ...(gaps > 0 ? [{ title: t("gap.title") }] : []),
      ]}
      rows={rows}
      drawing={{ option, says, keys: days.map((day) => day.date) }}
      note={gaps > 0 ? t("gap.note", { count: gaps, n: words.count(gaps) }) : undefined}
      onPick={onPick && ((day) => onPick("day", day))}
    />
  );
}

/** The codes in words; a code that nobody explained stands for itself. */
function useNamed(items: CodeCount[] | undefined): (CodeCount & { label: string })[] {
  const { t } = useTranslation("analytics");
  return useMemo(() => {
    const unknown = t("chart.unknown");
    return (items ?? []).map((one) => ({ ...one, label: one.label || one.code || unknown }));
  }, [items, t]);
}

function useShareRows(items: (CodeCount & { label: string })[], whole: number, words: Words) {
  return useMemo(
    () =>
      items.map((one) => ({
        key: one.code,
        cells: [one.label, words.count(one.count), words.share(one.count, whole)],
        raw: [one.label, one.count, whole > 0 ? one.count / whole : 0],
      })),
    [items, whole, words],
  );
}

function StatusChart({ data, subject, words, palette, onPick }: PartProps) {
  const { t } = useTranslation("analytics");
  const counts = useNamed(data?.status_distribution);
  const option = useMemo(() => statusOption(counts, words, palette), [counts, words, palette]);
  const whole = counts.reduce((sum, one) => sum + one.count, 0);
  const list = counts.map((one) => `${one.label} ${words.count(one.count)}`).join(", ");
  const rows = useShareRows(counts, whole, words);
  return (
    <ChartPanel
      title={t("chart.status.title")}
      subject={subject}
      height={SMALL_HEIGHT}
      loading={!data}
      columns={[
        { title: t("chart.status.code") },
        { title: t("chart.count"), number: true },
        { title: t("chart.share"), number: true },
      ]}
      rows={rows}
      drawing={{ option, says: t("chart.status.says", { list }) }}
      onPick={onPick && ((code) => onPick("status", code))}
    />
  );
}

type BarText = "unit" | "source" | "method" | "followUp" | "sales" | "district";

interface BarsProps extends PartProps {
  text: BarText;
  by: PickedBy;
  items: CodeCount[] | undefined;
  rest?: { count: number; codes: number } | undefined;
  /** A table alone: what has many kinds and no order to draw. */
  tableOnly?: boolean;
}

function BarsChart(props: BarsProps) {
  const { data, subject, words, palette, onPick, text, by, items, rest, tableOnly = false } = props;
  const { t } = useTranslation("analytics");
  const named = useNamed(items);
  const measure = text === "unit" ? t("chart.unit.units") : t("chart.count");
  const bars = useMemo(() => topBars(named, (n) => t("chart.others", { n }), rest), [named, rest, t]);
  const option = useMemo(
    () => barOption(bars, { ...words, measure: measure.toLowerCase() }, palette),
    [bars, words, measure, palette],
  );
  const whole = named.reduce((sum, one) => sum + one.count, rest?.count ?? 0);
  const list = named
    .slice(0, 5)
    .map((one) => `${one.label} ${words.count(one.count)}`)
    .join(", ");
  const rows = useShareRows(named, whole, words);
  const title = t(`chart.${text}.title`);
  return (
    <ChartPanel
      title={title}
      subject={subject}
      height={SMALL_HEIGHT}
      loading={!data}
      columns={[
        { title: t(`chart.${text}.code`) },
        { title: measure, number: true },
        { title: t("chart.share"), number: true },
      ]}
      rows={rows}
      drawing={
        tableOnly
          ? undefined
          : {
              option,
              says: t("chart.barsSay", { title, list }),
              keys: bars.map((bar) => (bar.rest ? REST : bar.key)),
              height: Math.min(SMALL_HEIGHT, bars.length * BAR_ROOM + 8),
            }
      }
      note={
        rest && rest.codes > 0
          ? t("chart.rest", { n: words.count(rest.codes), count: words.count(rest.count) })
          : undefined
      }
      onPick={
        onPick &&
        ((code) => {
          if (code !== REST) {
            onPick(by, code);
          }
        })
      }
    />
  );
}

function FunnelChart({ data, subject, words, palette, onPick }: PartProps) {
  const { t } = useTranslation("analytics");
  const steps = useMemo(
    () => (data?.funnel ?? []).map((step) => ({ ...step, label: step.label || step.code })),
    [data],
  );
  const option = useMemo(() => funnelOption(steps, words, palette), [steps, words, palette]);
  const first = steps[0]?.reached ?? 0;
  const rows =
    first === 0
      ? []
      : steps.map((step) => ({
          key: step.code,
          cells: [
            step.label,
            words.count(step.reached),
            words.share(step.reached, first),
            words.count(step.count),
          ],
          raw: [step.label, step.reached, step.reached / first, step.count],
        }));
  const list = steps.map((step) => `${step.label} ${words.count(step.reached)}`).join(", ");
  return (
    <ChartPanel
      title={t("chart.funnel.title")}
      subject={subject}
      height={SMALL_HEIGHT}
      loading={!data}
      columns={[
        { title: t("chart.funnel.step") },
        { title: t("chart.funnel.reached"), number: true },
        { title: t("chart.share"), number: true },
        { title: t("chart.funnel.here"), number: true },
      ]}
      rows={rows}
      drawing={{ option, says: t("chart.barsSay", { title: t("chart.funnel.title"), list }) }}
      note={t("chart.funnel.note")}
      onPick={onPick && ((code) => onPick("status", code))}
    />
  );
}

function restOf(breakdown: Breakdown | undefined) {
  return breakdown && { count: breakdown.rest, codes: breakdown.rest_codes };
}

interface Props {
  data: Summary | undefined;
  /** What the figures are about, for names of files. */
  subject: string;
  onPick: OnPick | undefined;
}

export default function Charts({ data, subject, onPick }: Props) {
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
  const part = { data, subject, words, palette, onPick };
  const bars = (text: BarText, by: PickedBy, breakdown: Breakdown | undefined, tableOnly = false) => (
    <BarsChart
      {...part}
      text={text}
      by={by}
      items={breakdown?.items}
      rest={restOf(breakdown)}
      tableOnly={tableOnly}
    />
  );
  return (
    <Grid gap="md">
      <Grid.Col span={12}>
        <DailyChart {...part} />
      </Grid.Col>
      {[
        <StatusChart key="status" {...part} />,
        <BarsChart key="unit" {...part} text="unit" by="unit" items={data?.unit_types} />,
        <FunnelChart key="funnel" {...part} />,
        bars("source", "source", data?.sources),
        bars("method", "method", data?.follow_up_methods),
        bars("followUp", "follow_up", data?.follow_up_states),
        bars("sales", "sales", data?.sales_people),
        bars("district", "district", data?.districts, true),
      ].map((chart, at) => (
        <Grid.Col key={at} span={{ base: 12, md: 6 }} className="chart-part">
          {chart}
        </Grid.Col>
      ))}
    </Grid>
  );
}

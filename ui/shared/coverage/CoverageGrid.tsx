/*
 * Dealers and days: which changes are stored, as a grid that is walked by the arrow keys. What the
 * day under the pointer or the focus is, stands in words below it. Each row reads its own days when
 * it comes into sight.
 */
import { Anchor, Box, Group, Stack, Text } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { CoveredDay } from "../api/types";
import { useFormat } from "../format/useFormat";
import { useErrorText } from "../widgets/ErrorNotice";
import { useKept } from "../widgets/useKept";
import { DAY_STATES, countStates, isSoFar, step, type DayState, type Place } from "./coverage";
import { useCoverage, useCoverageEvents } from "./useCoverage";
import "./texts";
import "./coverage.css";

export interface GridDealer {
  code: string;
  name: string;
  /** Its own today, where days end and of which not all can be stored yet. */
  today: string;
}

export interface Pick {
  dealer: string;
  day: string;
  state: DayState | undefined;
}

function useDayWords() {
  const { t } = useTranslation("shared");
  const format = useFormat();
  return (day: CoveredDay, today: string): string =>
    [
      isSoFar(day, today) ? t("coverage.soFar") : t(`coverage.state.${day.state}`),
      day.row_count === undefined
        ? ""
        : t("coverage.records", { count: day.row_count, n: format.count(day.row_count) }),
      day.days_left === undefined ? "" : t("coverage.daysLeft", { count: day.days_left }),
      day.error_code ?? "",
    ]
      .filter(Boolean)
      .join(" · ");
}

export function CoverageLegend() {
  const { t } = useTranslation("shared");
  return (
    <Group component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label={t("coverage.legend")}>
      {DAY_STATES.map((state) => (
        <Group component="li" gap={6} key={state} wrap="nowrap">
          <span className="coverage-day" data-state={state} aria-hidden>
            1
          </span>
          <Text size="xs">{t(`coverage.state.${state}`)}</Text>
        </Group>
      ))}
    </Group>
  );
}

interface RowProps {
  dealer: GridDealer;
  row: number;
  days: string[];
  feed: string;
  focus: Place;
  chosen: { from: string; to: string } | undefined;
  onFocus: (place: Place, words: string) => void;
  onPick: ((pick: Pick) => void) | undefined;
}

function DealerRow({ dealer, row, days: shown, feed, focus, chosen, onFocus, onPick }: RowProps) {
  const { t } = useTranslation("shared");
  const format = useFormat();
  const words = useDayWords();
  const textOf = useErrorText();
  const { ref, inViewport } = useInViewport();
  const seen = useKept(inViewport || undefined) ?? false;
  const days = shown.filter((day) => day <= dealer.today);
  const range = { from: days[0] ?? "", to: days[days.length - 1] ?? "" };
  const query = useCoverage(dealer.code, feed, range, seen && days.length > 0);
  const byDay = new Map((query.data ?? []).map((day) => [day.day, day]));
  const all = query.data ?? [];
  const summary = [
    ...countStates(all.filter((day) => !isSoFar(day, dealer.today))).map(
      ({ state, count }) => `${format.count(count)} ${t(`coverage.state.${state}`).toLocaleLowerCase(format.locale)}`,
    ),
    ...(all.some((day) => isSoFar(day, dealer.today)) ? [t("coverage.today")] : []),
  ].join(" · ");
  return (
    <Box role="row" ref={ref} data-coverage={dealer.code} py={6}>
      <Box role="rowheader" mb={4}>
        <Group gap="xs" justify="space-between">
          <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
            {dealer.name}{" "}
            <Text span size="xs" c="dimmed" fw={400}>
              {dealer.code}
            </Text>
          </Text>
          {query.isError && !query.data ? (
            <Text size="xs" c="var(--mantine-color-error)">
              {textOf(query.error)}{" "}
              <Anchor component="button" type="button" inherit onClick={() => void query.refetch()}>
                {t("error.retry")}
              </Anchor>
            </Text>
          ) : (
            <Text size="xs" c="dimmed" className="figures">
              {summary}
            </Text>
          )}
        </Group>
      </Box>
      <div className="coverage-days" role="presentation">
        {days.map((day, column) => {
          const found = byDay.get(day);
          const said = `${dealer.name}, ${format.longDay(day)}: ${found ? words(found, dealer.today) : t("coverage.loading")}`;
          const here = { row, column };
          return (
            <div role="gridcell" key={day}>
              <button
                type="button"
                className="coverage-day"
                data-state={found?.state}
                data-day={day}
                data-place={`${row}:${column}`}
                data-read={onPick ? undefined : "only"}
                data-chosen={chosen !== undefined && day >= chosen.from && day <= chosen.to}
                aria-label={said}
                tabIndex={focus.row === row && focus.column === column ? 0 : -1}
                onFocus={() => onFocus(here, said)}
                onMouseEnter={() => onFocus(focus, said)}
                onClick={() => onPick?.({ dealer: dealer.code, day, state: found?.state })}
              >
                {Number(day.slice(8))}
              </button>
            </div>
          );
        })}
      </div>
    </Box>
  );
}

interface Props {
  label: string;
  dealers: GridDealer[];
  days: string[];
  feed: string;
  chosen?: { from: string; to: string } | undefined;
  /** Without it the days can be read alone. */
  onPick?: (pick: Pick) => void;
}

export function CoverageGrid({ label, dealers, days, feed, chosen, onPick }: Props) {
  const { t } = useTranslation("shared");
  const box = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState<Place>({ row: 0, column: 0 });
  const [words, setWords] = useState("");
  useCoverageEvents();
  const place = {
    row: Math.min(focus.row, Math.max(0, dealers.length - 1)),
    column: Math.min(focus.column, Math.max(0, days.length - 1)),
  };
  const move = (event: KeyboardEvent) => {
    const next = step(event.key, place, dealers.length, days.length);
    if (next) {
      event.preventDefault();
      box.current?.querySelector<HTMLElement>(`[data-place="${next.row}:${next.column}"]`)?.focus();
    }
  };
  return (
    <Stack gap="xs">
      <div ref={box} role="grid" aria-label={label} onKeyDown={move}>
        {dealers.map((dealer, row) => (
          <DealerRow
            key={dealer.code}
            dealer={dealer}
            row={row}
            days={days}
            feed={feed}
            focus={place}
            chosen={chosen}
            onFocus={(next, said) => {
              setFocus(next);
              setWords(said);
            }}
            onPick={onPick}
          />
        ))}
      </div>
      <Text size="xs" c="dimmed" mih={18} aria-hidden data-coverage-words>
        {words || t("coverage.pointAtDay")}
      </Text>
    </Stack>
  );
}

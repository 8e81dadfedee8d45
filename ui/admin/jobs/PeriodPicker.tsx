/* The days of a job: typed, by a usual range, or pointed at in the calendar of what is stored. */
import { Button, Group, Paper, Stack, Text } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import type { GetInputPropsReturnType } from "@mantine/form";
import { IconCalendar } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@shared/format/useFormat";
import { CoverageGrid, CoverageLegend, type GridDealer } from "@shared/coverage/CoverageGrid";
import { MonthStep } from "@shared/coverage/MonthStep";
import { daysOf, monthOf } from "@shared/coverage/coverage";
import { pointAt, quickPeriods, type RunValues } from "./runForm";

const SHOWN_DEALERS = 6;

interface Props {
  period: RunValues["period"];
  today: string;
  dealers: GridDealer[];
  feed: string;
  inputProps: GetInputPropsReturnType;
  onChange: (period: RunValues["period"]) => void;
}

function StoredDays({ period, today, dealers, feed, onChange }: Omit<Props, "inputProps">) {
  const { t } = useTranslation("admin");
  const [month, setMonth] = useState(monthOf(period[1] ?? period[0] ?? today));
  const [from, to] = period;
  const shown = dealers.slice(0, SHOWN_DEALERS);
  const more = dealers.length - shown.length;
  return (
    <Paper withBorder radius="md" p="sm">
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Text size="sm" fw={600}>
            {t("run.stored")}
          </Text>
          <MonthStep month={month} today={today} onChange={setMonth} />
        </Group>
        <Text size="xs" c="dimmed">
          {t(from !== null && to === null ? "run.pointLast" : "run.pointFirst")}
        </Text>
        <CoverageGrid
          label={t("run.stored")}
          dealers={shown}
          days={daysOf(month, today)}
          feed={feed}
          chosen={from === null ? undefined : { from, to: to ?? from }}
          onPick={({ day }) => onChange(pointAt(period, day))}
        />
        {more > 0 && (
          <Text size="xs" c="dimmed">
            {t("run.moreDealers", { count: more })}
          </Text>
        )}
        <CoverageLegend />
      </Stack>
    </Paper>
  );
}

export function PeriodPicker({ inputProps, ...props }: Props) {
  const { t } = useTranslation("admin");
  const { locale } = useFormat();
  return (
    <Stack gap="xs">
      <DatePickerInput
        type="range"
        label={t("run.period")}
        description={t("run.periodHint")}
        leftSection={<IconCalendar size={16} aria-hidden />}
        valueFormat="D MMM YYYY"
        locale={locale.slice(0, 2)}
        maxDate={props.today}
        allowSingleDateInRange
        firstDayOfWeek={1}
        required
        {...inputProps}
      />
      <Group gap="xs">
        {quickPeriods(props.today).map(({ key, days, period }) => (
          <Button key={key} size="compact-xs" variant="default" onClick={() => props.onChange(period)}>
            {days === 1 ? t("run.yesterday") : t("run.lastDays", { n: days })}
          </Button>
        ))}
      </Group>
      {props.dealers.length > 0 && <StoredDays {...props} />}
    </Stack>
  );
}

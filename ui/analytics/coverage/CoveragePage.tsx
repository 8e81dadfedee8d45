/* Which changes of which day are stored, dealer by dealer and month by month. Read alone here. */
import { Container, Group, Paper, Stack } from "@mantine/core";
import { IconBuildingStore } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CoverageGrid, CoverageLegend } from "@shared/coverage/CoverageGrid";
import { MonthStep } from "@shared/coverage/MonthStep";
import { daysOf, isMonth, monthOf } from "@shared/coverage/coverage";
import { latestToday, todayAt } from "@shared/format/days";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { PageTitle } from "@shared/widgets/PageTitle";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { useReportDealers } from "../dashboard/useReport";
import { DealersSelect } from "../group/DealersSelect";
import "../group/texts";

const FEED = "prsp";
const PER_PAGE = 20;

function useMonth(today: string) {
  const [params, setParams] = useParams();
  const asked = params.get("month");
  const set = (name: string, value: string | null) => setParams((now) => writeParam(now, name, value), true);
  return {
    month: isMonth(asked) && asked <= monthOf(today) ? asked : monthOf(today),
    setMonth: (next: string) => set("month", next === monthOf(today) ? null : next),
    chosen: (params.get("dealers") ?? "").split(",").filter(Boolean),
    setChosen: (codes: string[]) => set("dealers", codes.join(",")),
  };
}

export default function CoveragePage() {
  const { t } = useTranslation("shared");
  const query = useReportDealers();
  const list = query.data?.items ?? [];
  const today = latestToday(list);
  const { month, setMonth, chosen, setChosen } = useMonth(today);
  const [shown, setShown] = useState(PER_PAGE);
  const wanted = list.filter((one) => (chosen.length > 0 ? chosen.includes(one.dealer_id) : one.is_active));
  const rows = wanted.slice(0, shown).map((one) => ({ code: one.dealer_id, name: one.dealer_name, today: todayAt(one) }));
  return (
    <Container size={1280} px="md" py="md">
      <Stack gap="md">
        <PageTitle title={t("coverage.title")} text={t("coverage.subtitle")} />
        <Paper withBorder radius="lg" p="md">
          <Stack gap="md">
            <Group gap="sm" justify="space-between" align="flex-end">
              <DealersSelect dealers={list} value={chosen} onChange={setChosen} />
              <MonthStep month={month} today={today} onChange={setMonth} />
            </Group>
            <CoverageLegend />
            {query.isPending && <TableSkeleton />}
            {query.isError && !query.data && (
              <ErrorNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
            )}
            {query.data && rows.length === 0 && (
              <EmptyState
                icon={<IconBuildingStore size={22} />}
                title={t("coverage.none")}
                text={t("coverage.noneHint")}
              />
            )}
            {rows.length > 0 && (
              <CoverageGrid label={t("coverage.title")} dealers={rows} days={daysOf(month, today)} feed={FEED} />
            )}
            <LoadMore
              shown={wanted.length > shown}
              busy={false}
              onMore={() => setShown((now) => now + PER_PAGE)}
            />
          </Stack>
        </Paper>
      </Stack>
    </Container>
  );
}

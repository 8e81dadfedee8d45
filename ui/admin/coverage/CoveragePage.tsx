/* Which changes of which day are stored, dealer by dealer and month by month; holes can be fetched. */
import { Button, Group, MultiSelect, Paper, Select, Stack } from "@mantine/core";
import { IconBuildingStore, IconPlayerPlay } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { todayAt } from "@shared/format/days";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";
import { useRights } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { PageTitle } from "@shared/widgets/PageTitle";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { useAllDealers } from "../dealers/useDealers";
import { USUAL_FEED, useFeeds } from "../jobs/feeds";
import type { RunSubject } from "../jobs/runForm";
import { CoverageGrid, CoverageLegend, type Pick } from "@shared/coverage/CoverageGrid";
import { MonthStep } from "@shared/coverage/MonthStep";
import { daysOf, isHole, isMonth, monthOf } from "@shared/coverage/coverage";
import { useToday } from "./useToday";
import "../jobs/texts";

const RunJobModal = lazy(() => import("../jobs/RunJobModal"));

const PER_PAGE = 20;

function useCoverageFilters(today: string, feeds: string[]) {
  const [params, setParams] = useParams();
  const month = params.get("month");
  return {
    month: isMonth(month) && month <= monthOf(today) ? month : monthOf(today),
    feed: feeds.find((feed) => feed === params.get("feed")) ?? USUAL_FEED,
    chosen: (params.get("dealers") ?? "").split(",").filter(Boolean),
    set: (name: string, value: string | null) =>
      setParams((now) => writeParam(now, name, value), true),
  };
}

export default function CoveragePage() {
  const { t } = useTranslation(["admin", "shared"]);
  const today = useToday();
  const { operate } = useRights();
  const { dealers, query } = useAllDealers();
  const feeds = useFeeds();
  const { month, feed, chosen, set } = useCoverageFilters(today, feeds.codes);
  const [shown, setShown] = useState(PER_PAGE);
  const [running, setRunning] = useState<RunSubject>();
  const days = daysOf(month, today);
  const active = dealers.filter((dealer) =>
    chosen.length > 0 ? chosen.includes(dealer.dealer_id) : dealer.is_active,
  );
  const rows = active
    .slice(0, shown)
    .map((dealer) => ({ code: dealer.dealer_id, name: dealer.dealer_name, today: todayAt(dealer) }));
  const whole = { from: days[0] ?? today, to: days[days.length - 1] ?? today };
  const pick = ({ dealer, day, state }: Pick) =>
    operate &&
    setRunning({ dealers: [dealer], from: day, to: day, only: isHole(state) ? "missing_failed" : "all" });
  const allHoles = (): RunSubject => ({
    ...(chosen.length > 0 ? { dealers: chosen } : { all: true }),
    ...whole,
    only: "missing_failed",
  });
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle
        title={t("shared:coverage.title")}
        text={t("shared:coverage.subtitle")}
        action={
          operate && (
            <Button
              leftSection={<IconPlayerPlay size={16} aria-hidden />}
              onClick={() => setRunning(allHoles())}
              disabled={rows.length === 0}
            >
              {t("coverage.fetchHoles")}
            </Button>
          )
        }
      />
      <Paper withBorder radius="lg" p="md">
        <Stack gap="md">
          <Group gap="sm" justify="space-between">
            <Group gap="sm" w={{ base: "100%", xs: "auto" }}>
              <MultiSelect
                aria-label={t("job.filterDealer")}
                placeholder={chosen.length === 0 ? t("job.allDealers") : undefined}
                data={dealers.map((dealer) => ({
                  value: dealer.dealer_id,
                  label: `${dealer.dealer_name} (${dealer.dealer_id})`,
                }))}
                value={chosen}
                onChange={(values) => set("dealers", values.join(","))}
                searchable
                clearable
                styles={{ pill: { maxWidth: "100%" } }}
                w={{ base: "100%", xs: 300 }}
              />
              <Select
                aria-label={t("schedule.feed")}
                data={feeds.options}
                value={feed}
                onChange={(value) => set("feed", value)}
                allowDeselect={false}
                w={{ base: "100%", xs: 150 }}
              />
            </Group>
            <MonthStep
              month={month}
              today={today}
              onChange={(next) => set("month", next === monthOf(today) ? null : next)}
            />
          </Group>
          <CoverageLegend />
          {query.isPending && <TableSkeleton />}
          {query.isError && !query.data && (
            <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
          )}
          {query.data && rows.length === 0 && (
            <EmptyState
              icon={<IconBuildingStore size={22} />}
              title={t("shared:coverage.none")}
              text={t("coverage.noneHint")}
            />
          )}
          {rows.length > 0 && (
            <CoverageGrid label={t("shared:coverage.title")} dealers={rows} days={days} feed={feed} onPick={pick} />
          )}
          <LoadMore
            shown={active.length > shown}
            busy={false}
            onMore={() => setShown((now) => now + PER_PAGE)}
          />
        </Stack>
      </Paper>
      <WhenNeeded subject={running}>
        <RunJobModal subject={running} onClose={() => setRunning(undefined)} />
      </WhenNeeded>
    </Stack>
  );
}

/*
 * The dashboard: filters, cards, charts, recent fetches. Which dealers and which days is in the URL;
 * without a dealer there the first active one is shown.
 */
import { Box, Container, Group, Skeleton, Stack, Title } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconBuildingStore, IconLock } from "@tabler/icons-react";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import type { ReportDealer, Summary } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";
import { CompareSelect } from "../filters/CompareSelect";
import { DealerSelect } from "../filters/DealerSelect";
import { RangePicker } from "../filters/RangePicker";
import { ALL_DEALERS } from "../filters/useFilters";
import { useDrawers } from "../rows/useDrawers";
import { Cards } from "./Cards";
import { StaleBanner } from "./StaleBanner";
import { StampLine } from "./StampLine";
import { usePainted } from "./usePainted";
import { useKiosk } from "./useKiosk";
import { useChosen } from "./useReport";

/** The figures are painted before the charts and the table, which take several times as long, are made. */
const Charts = lazy(() => import("../charts/Charts"));
const FetchTable = lazy(() => import("./FetchTable"));

/** As high as a window, so that nothing that is seen moves when they come. */
const CHARTS_TO_COME = <Skeleton h="100vh" radius="lg" />;

function useTitle(chosen: string[], list: ReportDealer[], data: Summary | undefined): string {
  const { t } = useTranslation("analytics");
  const [first] = chosen;
  if (first === undefined) {
    return t("dealer.loading");
  }
  if (first === ALL_DEALERS) {
    return t("dealer.allOf", { count: data?.dealers ?? list.length });
  }
  return chosen.length > 1
    ? t("dealer.chosen", { count: chosen.length })
    : (list.find((one) => one.dealer_id === first)?.dealer_name ?? first);
}

interface HeadingProps {
  title: string;
  data: Summary | undefined;
  simulated: boolean;
}

/** Names whose figures these are; on paper also of which days. */
function Heading({ title, data, simulated }: HeadingProps) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  return (
    <div>
      <Group gap="sm" wrap="wrap">
        <Title order={1} style={{ overflowWrap: "anywhere" }}>
          {title}
        </Title>
        {simulated && <SimulatedBadge long />}
      </Group>
      {data?.left_out ? (
        <Box c="dimmed" fz="sm">
          {t("dealer.leftOut", { count: data.left_out })}
        </Box>
      ) : null}
      {data?.from && data.to && (
        <Box fz="sm" className="only-print">
          {format.window(data.from, data.to)}
        </Box>
      )}
    </div>
  );
}

export function DashboardPage() {
  const { t } = useTranslation("analytics");
  const { filters, dealers, list, chosen, unseen, summary } = useChosen();
  const { kiosk } = useKiosk();
  const client = useQueryClient();
  const ranged = filters.range.preset !== "all";
  const drawers = useDrawers();
  const busy = useIsFetching({ queryKey: ["report"] }) > 0;
  const refresh = () => void client.invalidateQueries({ queryKey: ["report"] });
  useHotkeys([["r", refresh]]);
  const failed = summary.error ?? (dealers.isError && !dealers.data ? dealers.error : null);
  const painted = usePainted(summary.data !== undefined || failed !== null);
  const title = useTitle(chosen, list, summary.data);
  const simulated =
    summary.data?.simulated ?? list.find((one) => one.dealer_id === chosen[0])?.simulated ?? false;

  return (
    <Container size="var(--page-width)" px="md" py="md">
      <Stack gap="md">
        <Group align="flex-end" justify="space-between" gap="sm" className="no-print" display={kiosk ? "none" : undefined}>
          <DealerSelect
            dealers={list}
            value={filters.dealers.length > 0 ? filters.dealers : chosen}
            loading={dealers.isPending}
            onChange={filters.setDealers}
          />
          <Group align="flex-end" gap="sm" w={{ base: "100%", sm: "auto" }}>
            <Box w={{ base: "100%", sm: "auto" }}>
              <RangePicker value={filters.range} today={summary.today} onChange={filters.setRange} />
            </Box>
            <CompareSelect value={filters.compare} disabled={!ranged} onChange={filters.setCompare} />
          </Group>
        </Group>
        {dealers.data && list.length === 0 && (
          <EmptyState
            page
            icon={<IconBuildingStore size={22} />}
            title={t("empty.dealers")}
            text={t("empty.dealersHint")}
          />
        )}
        {unseen.length > 0 && list.length > 0 && (
          <Box data-standstill="forbidden">
            <EmptyState
              page
              icon={<IconLock size={22} />}
              title={t("unseen.title", { codes: unseen.join(", ") })}
              text={t("unseen.text")}
            />
          </Box>
        )}
        {(chosen.length > 0 || dealers.isPending) && <Heading title={title} data={summary.data} simulated={simulated} />}
        {summary.data && <StaleBanner stamp={summary.data.stamp} />}
        {failed && !summary.data ? (
          <ErrorNotice error={failed} onRetry={refresh} busy={busy} />
        ) : (
          (chosen.length > 0 || dealers.isPending) && (
            <>
              <StampLine
                stamp={summary.data?.stamp}
                busy={busy}
                onRefresh={refresh}
                onOrigin={() => drawers.openOrigin(chosen[0] ?? "")}
              />
              <Stack
                gap="md"
                opacity={summary.isPlaceholderData ? 0.55 : 1}
                aria-busy={summary.isFetching}
                style={{ transition: "opacity 120ms" }}
              >
                <Cards data={summary.data} ranged={ranged} />
                {painted ? (
                  <Suspense fallback={CHARTS_TO_COME}>
                    <Charts data={summary.data} subject={title} onPick={drawers.openRows} />
                  </Suspense>
                ) : (
                  CHARTS_TO_COME
                )}
              </Stack>
            </>
          )
        )}
        {painted && chosen.length === 1 && (
          <Suspense fallback={<Skeleton h={360} radius="lg" />}>
            <FetchTable
              dealer={chosen[0] === ALL_DEALERS ? undefined : chosen[0]}
              dealers={list}
              told={failed !== null && !summary.data}
            />
          </Suspense>
        )}
      </Stack>
    </Container>
  );
}

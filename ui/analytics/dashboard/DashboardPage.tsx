/*
 * The dashboard of one dealer: filters, cards, charts, recent fetches. Which dealer and which days
 * is in the URL; without a dealer there the first active one is shown.
 */
import { Box, Container, Group, Stack, Title } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconBuildingStore } from "@tabler/icons-react";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { ReportDealer } from "@shared/api/types";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";
import { Charts } from "../charts/Charts";
import { DealerSelect } from "../filters/DealerSelect";
import { RangePicker } from "../filters/RangePicker";
import { useFilters } from "../filters/useFilters";
import { Cards } from "./Cards";
import { FetchTable } from "./FetchTable";
import { StaleBanner } from "./StaleBanner";
import { StampLine } from "./StampLine";
import { useReportDealers, useSummary } from "./useReport";

function firstDealer(dealers: ReportDealer[]): string | undefined {
  return (dealers.find((dealer) => dealer.is_active) ?? dealers[0])?.dealer_id;
}

function Heading({ dealer, id }: { dealer: ReportDealer | undefined; id: string }) {
  return (
    <Group gap="sm" wrap="wrap">
      <Title order={1} style={{ overflowWrap: "anywhere" }}>
        {dealer?.dealer_name ?? id}
      </Title>
      {dealer?.simulated && <SimulatedBadge long />}
    </Group>
  );
}

export function DashboardPage() {
  const { t } = useTranslation("analytics");
  const filters = useFilters();
  const client = useQueryClient();
  const dealers = useReportDealers();
  const list = dealers.data?.items ?? [];
  const dealer = filters.dealer ?? firstDealer(list);
  const summary = useSummary(dealer, filters.range);
  const busy = useIsFetching({ queryKey: ["report"] }) > 0;
  const refresh = () => void client.invalidateQueries({ queryKey: ["report"] });
  useHotkeys([["r", refresh]]);
  const failed = summary.error ?? (dealers.isError && !dealers.data ? dealers.error : null);

  return (
    <Container size={1440} px="md" py="md">
      <Stack gap="md">
        <Group align="flex-end" justify="space-between" gap="sm">
          <DealerSelect
            dealers={list}
            value={dealer}
            loading={dealers.isPending}
            onChange={filters.setDealer}
          />
          <Box w={{ base: "100%", sm: "auto" }}>
            <RangePicker value={filters.range} today={summary.today} onChange={filters.setRange} />
          </Box>
        </Group>
        {dealers.data && list.length === 0 && (
          <EmptyState
            icon={<IconBuildingStore size={22} />}
            title={t("empty.dealers")}
            text={t("empty.dealersHint")}
          />
        )}
        {dealer !== undefined && (
          <Heading dealer={list.find((one) => one.dealer_id === dealer)} id={dealer} />
        )}
        {summary.data && <StaleBanner stamp={summary.data.stamp} error={failed} />}
        {failed && !summary.data ? (
          <ErrorNotice error={failed} onRetry={refresh} busy={busy} />
        ) : (
          dealer !== undefined && (
            <>
              <StampLine stamp={summary.data?.stamp} busy={busy} onRefresh={refresh} />
              <Stack
                gap="md"
                opacity={summary.isPlaceholderData ? 0.55 : 1}
                aria-busy={summary.isFetching}
                style={{ transition: "opacity 120ms" }}
              >
                <Cards data={summary.data} ranged={filters.range.preset !== "all"} />
                <Charts data={summary.data} />
              </Stack>
            </>
          )
        )}
        {dealer !== undefined && <FetchTable dealer={dealer} />}
      </Stack>
    </Container>
  );
}

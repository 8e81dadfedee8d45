/* How calls to the upstreams went, day by day: success, durations, and what they failed by. */
import { Anchor, Group, Paper, Select, SimpleGrid, Stack, Table, Text, Title, useComputedColorScheme } from "@mantine/core";
import { IconBuildingStore } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { apiGet } from "@shared/api/client";
import type { Dealer, Statistics } from "@shared/api/types";
import { addDays } from "@shared/format/days";
import { writeParam } from "@shared/format/ranges";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useParams } from "@shared/route/useRoute";
import { useRights } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { paletteOf } from "@shared/charts/palette";
import { useToday } from "../coverage/useToday";
import { ChartFrame } from "./ChartFrame";
import { ErrorMeaning } from "./ErrorMeaning";
import { byDay, durationOption, outcomeOption, type DayFigures, type Words } from "./figures";

const SPANS = ["7", "30", "90"] as const;
const USUAL_SPAN = "30";

function useStatistics(dealer: string | undefined, span: number) {
  const today = useToday();
  const { whole } = useRights();
  return useQuery({
    queryKey: ["statistics", dealer, span, today],
    queryFn: ({ signal }) =>
      apiGet("/api/v1/jobs/statistics", {
        query: { dealer_id: dealer, from: addDays(today, 1 - span), to: today },
        signal,
      }),
    // Who sees some dealers alone has to name one.
    enabled: whole || dealer !== undefined,
  });
}

function Card({ label, value }: { label: string; value: string }) {
  return (
    <Paper withBorder radius="lg" p="md">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fz={24} fw={650} className="figures">
        {value}
      </Text>
    </Paper>
  );
}

function Cards({ totals }: { totals: Statistics["totals"] }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const time = (ms: number | undefined) => (ms === undefined ? "–" : format.duration(ms / 1000));
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} spacing="md" data-success={totals.success_rate}>
      <Card label={t("figures.success")} value={format.share(totals.succeeded, totals.succeeded + totals.failed)} />
      <Card label={t("figures.calls")} value={format.count(totals.tasks)} />
      <Card label={t("figures.retries")} value={format.count(totals.retries)} />
      <Card label={t("figures.median")} value={`${time(totals.p50_ms)} / ${time(totals.p95_ms)}`} />
    </SimpleGrid>
  );
}

function Charts({ days, several }: { days: DayFigures[]; several: boolean }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const palette = paletteOf(useComputedColorScheme("light") === "dark");
  const words: Words = {
    count: format.count,
    duration: format.duration,
    day: format.day,
    succeeded: t("state.succeeded"),
    failed: t("state.failed"),
    cancelled: t("state.cancelled"),
    p50: t("figures.p50"),
    p95: t("figures.p95"),
  };
  const used = days.filter((one) => one.succeeded + one.failed + one.cancelled > 0);
  const time = (ms: number | undefined) => (ms === undefined ? "–" : format.duration(ms / 1000));
  const rate = (one: DayFigures) => format.share(one.succeeded, one.succeeded + one.failed);
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
      <ChartFrame
        title={t("figures.outcome")}
        option={outcomeOption(days, words, palette)}
        says={t("figures.outcomeSays")}
        columns={[t("figures.day"), words.succeeded, words.failed, words.cancelled, t("figures.success")]}
        rows={used.map((one) => ({
          key: one.day,
          cells: [format.day(one.day), ...[one.succeeded, one.failed, one.cancelled].map(format.count), rate(one)],
        }))}
      />
      <ChartFrame
        title={t("figures.durations")}
        hint={several ? t("figures.slowest") : undefined}
        option={durationOption(days, words, palette)}
        says={t("figures.durationsSays")}
        columns={[t("figures.day"), words.p50, words.p95]}
        rows={used.map((one) => ({
          key: one.day,
          cells: [format.day(one.day), time(one.p50_ms), time(one.p95_ms)],
        }))}
      />
    </SimpleGrid>
  );
}

function Errors({ errors }: { errors: Statistics["errors"] }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  if (errors.length === 0) {
    return null;
  }
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="figure-errors">
      <Title order={2} size="h4" id="figure-errors" mb="xs">
        {t("figures.errors")}
      </Title>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("task.error")}</Table.Th>
            <Table.Th ta="right">{t("figures.count")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {errors.map(({ code, count }) => (
            <Table.Tr key={code}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <Anchor href={buildHash("/jobs", new URLSearchParams({ text: code }))} size="sm" fw={600}>
                  {code}
                </Anchor>
                <ErrorMeaning code={code} />
              </Table.Td>
              <Table.Td ta="right">{format.count(count)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

export default function JobStatistics({ dealers }: { dealers: Dealer[] }) {
  const { t } = useTranslation("admin");
  const { whole } = useRights();
  const [params, setParams] = useParams();
  const dealer = params.get("dealer") ?? undefined;
  const span = SPANS.find((one) => one === params.get("span")) ?? USUAL_SPAN;
  const query = useStatistics(dealer, Number(span));
  const set = (name: string, value: string | null) => setParams((now) => writeParam(now, name, value), true);
  return (
    <Stack gap="md">
      <Group gap="sm">
        <Select
          aria-label={t("job.filterDealer")}
          placeholder={t(whole ? "job.allDealers" : "run.choose")}
          data={dealers.map((one) => ({ value: one.dealer_id, label: `${one.dealer_name} (${one.dealer_id})` }))}
          value={dealer ?? null}
          onChange={(value) => set("dealer", value)}
          searchable
          clearable
          w={{ base: "100%", xs: 280 }}
        />
        <Select
          aria-label={t("figures.span")}
          data={SPANS.map((one) => ({ value: one as string, label: t("run.lastDays", { n: one }) }))}
          value={span}
          onChange={(value) => set("span", value === USUAL_SPAN ? null : value)}
          allowDeselect={false}
          w={{ base: "100%", xs: 180 }}
        />
      </Group>
      {!whole && dealer === undefined && (
        <EmptyState icon={<IconBuildingStore size={22} />} title={t("figures.choose")} />
      )}
      {query.isLoading && <TableSkeleton rows={8} />}
      {query.isError && !query.data && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && (
        <>
          <Cards totals={query.data.totals} />
          <Charts days={byDay(query.data)} several={dealer === undefined} />
          <Errors errors={query.data.errors} />
        </>
      )}
    </Stack>
  );
}

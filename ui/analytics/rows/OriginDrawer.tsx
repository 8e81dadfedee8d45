/* Where the rows of a dealer's days come from: the calls that brought them as they are stored now. */
import {
  ActionIcon,
  Code,
  CopyButton,
  Drawer,
  Group,
  Paper,
  Select,
  SimpleGrid,
  Stack,
  Text,
  Tooltip,
} from "@mantine/core";
import { IconCheck, IconCopy, IconDatabaseOff } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { apiGet } from "@shared/api/client";
import type { Provenance } from "@shared/api/types";
import { isDay } from "@shared/format/days";
import { rangeDays } from "@shared/format/ranges";
import { useFormat } from "@shared/format/useFormat";
import { useRefreshOn } from "@shared/live/LiveProvider";
import { CsvLink } from "@shared/widgets/CsvLink";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { Moment } from "@shared/widgets/Moment";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { useKept } from "@shared/widgets/useKept";
import { useChosen } from "../dashboard/useReport";
import { ALL_DEALERS } from "../filters/useFilters";
import { useDrawers } from "./useDrawers";
import "./texts";

const CALLS_PER_PAGE = 20;
const ROUTE = "/api/v1/report/provenance";

interface Ask {
  dealer_id: string;
  from?: string | undefined;
  to?: string | undefined;
}

function useCalls(ask: Ask) {
  useRefreshOn("data.changed", (data) => (data["dealer_id"] === ask.dealer_id ? [["origin", ask.dealer_id]] : []), 10_000);
  return useInfiniteQuery({
    queryKey: ["origin", ask.dealer_id, ask.from, ask.to],
    queryFn: ({ signal, pageParam }) =>
      apiGet(ROUTE, { query: { ...ask, limit: CALLS_PER_PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    enabled: ask.dealer_id !== "",
  });
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text size="sm" component="div" style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </div>
  );
}

function JobId({ id }: { id: string }) {
  const { t } = useTranslation("analytics");
  return (
    <Group gap={4} wrap="nowrap">
      <Code style={{ overflowWrap: "anywhere" }}>{id}</Code>
      <CopyButton value={id}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t("origin.copied") : t("origin.copy")}>
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={copy}
              aria-label={`${copied ? t("origin.copied") : t("origin.copy")}: ${id}`}
            >
              {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </Group>
  );
}

const KINDS = ["manual", "rerun", "schedule", "freshness", "backfill", "replay"] as const;

function Call({ call }: { call: Provenance }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const kind = KINDS.find((one) => one === call.job_kind);
  return (
    <Paper component="li" withBorder p="sm" radius="md" data-call={call.task_id}>
      <Group justify="space-between" gap="xs" mb="xs">
        <Text fw={600} className="figures">
          {t("origin.rows", { count: call.rows, n: format.count(call.rows) })}
        </Text>
        <Text size="sm" c="dimmed">
          {t("origin.stored")} <Moment at={call.stored_at} />
        </Text>
      </Group>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing="xs">
        <Fact name={t("origin.job")}>{call.job_id ? <JobId id={call.job_id} /> : t("origin.noJob")}</Fact>
        <Fact name={t("origin.by")}>
          {[call.requested_by, kind && t(`origin.kind.${kind}`)].filter(Boolean).join(" · ") || "–"}
        </Fact>
        <Fact name={t("origin.window")}>
          {call.window_from && call.window_to ? format.window(call.window_from, call.window_to) : "–"}
        </Fact>
        <Fact name={t("origin.dates")}>
          {call.first_day && call.last_day ? format.window(call.first_day, call.last_day) : "–"}
        </Fact>
        <Fact name={t("origin.answer")}>
          {call.http_status === undefined
            ? "–"
            : t("origin.answerIs", {
                status: call.http_status,
                records: format.count(call.rows_read ?? 0),
                bytes: format.bytes(call.bytes ?? 0),
                time: `${format.count(call.total_ms ?? 0)} ms`,
              })}
        </Fact>
        <Fact name={t("origin.task", { task: call.task_id })}>
          {call.attempt === undefined ? "–" : t("origin.attempt", { n: call.attempt })}
        </Fact>
      </SimpleGrid>
    </Paper>
  );
}

function Calls({ ask }: { ask: Ask }) {
  const { t } = useTranslation("analytics");
  const query = useCalls(ask);
  const calls = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {query.isPending && <TableSkeleton rows={6} />}
      {query.isError && calls.length === 0 && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
      )}
      {query.data && calls.length === 0 && (
        <EmptyState icon={<IconDatabaseOff size={22} />} title={t("origin.none")} text={t("origin.noneHint")} />
      )}
      {calls.length > 0 && (
        <Stack component="ul" gap="sm" m={0} p={0} style={{ listStyle: "none" }} aria-label={t("origin.title")}>
          {calls.map((call) => (
            <Call key={`${call.task_id}.${call.epoch}`} call={call} />
          ))}
        </Stack>
      )}
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
    </>
  );
}

function Opened({ subject }: { subject: string }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const { openOrigin } = useDrawers();
  const { filters, list, chosen, summary } = useChosen();
  const [named = "", text] = subject.split(":");
  const day = isDay(text) ? text : undefined;
  const codes = chosen[0] === ALL_DEALERS ? list.map((one) => one.dealer_id) : [...new Set([named, ...chosen])];
  const dealer = named === ALL_DEALERS ? (codes[0] ?? "") : named;
  const days = day ? { from: day, to: day } : rangeDays(filters.range, summary.today);
  const ask = { dealer_id: dealer, ...days };
  const names = new Map(list.map((one) => [one.dealer_id, one.dealer_name]));
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {t("origin.text")}
      </Text>
      <Group justify="space-between" align="flex-end" gap="sm">
        <Select
          label={t("origin.dealer")}
          data={codes
            .filter((code) => code !== ALL_DEALERS)
            .map((code) => ({ value: code, label: `${names.get(code) ?? code} (${code})` }))}
          value={dealer}
          onChange={(code) => code && openOrigin(code, day)}
          allowDeselect={false}
          searchable
          w={{ base: "100%", xs: 300 }}
        />
        <Group gap="md">
          <Text size="sm" c="dimmed">
            {days.from && days.to ? t("rows.range", { days: format.window(days.from, days.to) }) : t("rows.anyDate")}
          </Text>
          {dealer && <CsvLink text={t("rows.csv")} route={ROUTE} query={ask} />}
        </Group>
      </Group>
      <Calls ask={ask} />
    </Stack>
  );
}

export default function OriginDrawer({ subject }: { subject: string | undefined }) {
  const { t } = useTranslation("analytics");
  const { close } = useDrawers();
  const kept = useKept(subject);
  return (
    <Drawer
      opened={subject !== undefined}
      onClose={close}
      position="right"
      size="min(720px, 100%)"
      title={t("origin.title")}
      closeButtonProps={{ "aria-label": t("rows.close") }}
    >
      {kept !== undefined && <Opened subject={kept} />}
    </Drawer>
  );
}

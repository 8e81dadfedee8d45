/* Records that could not be stored: why, which ones, and what becomes of them. */
import { Group, Paper, Select, Stack } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";
import { useMay } from "@shared/session/useMay";
import { DayRangeFilter } from "@shared/widgets/DayRangeFilter";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { ListState } from "@shared/widgets/ListState";
import { LoadMore } from "@shared/widgets/LoadMore";
import { useAllDealers } from "../dealers/useDealers";
import { CsvLink } from "../jobs/CsvLink";
import { ReasonBars } from "./ReasonBars";
import { RecordActions } from "./RecordActions";
import { RecordDrawer } from "./RecordDrawer";
import { RecordTable } from "./RecordTable";
import { STATES, readFilter, wholeFilter, type QuarantineFilter } from "./quarantineFilter";
import { useQuarantineCounts, useQuarantineRecords } from "./useQuarantine";

interface FiltersProps {
  filter: QuarantineFilter;
  feeds: string[];
  /** Those that have the chosen fault. */
  fields: string[];
}

function Filters({ filter, feeds, fields }: FiltersProps) {
  const { t } = useTranslation("admin");
  const [, setParams] = useParams();
  const { dealers } = useAllDealers();
  const set = (name: string) => (value: string | null) =>
    setParams((now) => writeParam(now, name, value), true);
  return (
    <>
      <Select
        aria-label={t("job.filterDealer")}
        placeholder={t("job.allDealers")}
        data={dealers.map((dealer) => ({
          value: dealer.dealer_id,
          label: `${dealer.dealer_name} (${dealer.dealer_id})`,
        }))}
        value={filter.dealer_id ?? null}
        onChange={set("dealer")}
        searchable
        clearable
        w={{ base: "100%", xs: 240 }}
      />
      <Select
        aria-label={t("aside.feed")}
        placeholder={t("aside.allFeeds")}
        data={feeds}
        value={filter.feed ?? null}
        onChange={set("feed")}
        clearable
        w={{ base: "100%", xs: 130 }}
      />
      <Select
        aria-label={t("quarantine.field")}
        placeholder={t("aside.allFields")}
        data={fields}
        value={filter.field ?? null}
        onChange={set("field")}
        searchable
        clearable
        w={{ base: "100%", xs: 180 }}
      />
      <Select
        aria-label={t("job.filterState")}
        data={[
          ...STATES.map((state) => ({ value: state as string, label: t(`aside.state.${state}`) })),
          { value: "any", label: t("job.allStates") },
        ]}
        value={filter.state ?? "any"}
        onChange={set("state")}
        allowDeselect={false}
        w={{ base: "100%", xs: 160 }}
      />
      <DayRangeFilter w={{ base: "100%", xs: 220 }} />
    </>
  );
}

export function Records() {
  const { t } = useTranslation("admin");
  const [params, setParams] = useParams();
  const filter = readFilter(params);
  const counts = useQuarantineCounts(filter.dealer_id);
  const query = useQuarantineRecords(filter);
  const { byCode } = useAllDealers();
  const mayChange = useMay()("operator");
  const [chosen, setChosen] = useState(new Set<number>());
  const [open, setOpen] = useState<number>();
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const found = counts.data?.items ?? [];
  const fields = found
    .filter((count) => !filter.reason || count.reason === filter.reason)
    .flatMap((count) => count.fields ?? []);
  const shown = new Set([...chosen].filter((id) => rows.some((row) => row.id === id)));
  const filtered = ["dealer", "feed", "reason", "field", "job", "from", "state"].some((name) => params.has(name));
  return (
    <Stack gap="md">
      {counts.isError && !counts.data && !query.isError && (
        <ErrorNotice error={counts.error} onRetry={() => void counts.refetch()} />
      )}
      {found.length > 0 && (
        <ReasonBars
          counts={found}
          chosen={filter}
          onChoose={(feed, reason) =>
            setParams((now) => writeParam(writeParam(now, "feed", feed), "reason", reason), true)
          }
        />
      )}
      <Paper withBorder radius="lg" p="md">
        <Group gap="sm" mb="sm">
          <Filters
            filter={filter}
            feeds={[...new Set(found.map((count) => count.feed))]}
            fields={[...new Set([...fields, ...(filter.field ? [filter.field] : [])])].sort()}
          />
          <CsvLink route="/api/v1/quarantine" query={{ ...filter }} />
        </Group>
        {mayChange && (rows.length > 0 || shown.size > 0) && (
          <Group mb="sm">
            <RecordActions chosen={shown} whole={wholeFilter(filter)} onDone={() => setChosen(new Set())} />
          </Group>
        )}
        <ListState
          query={query}
          count={rows.length}
          empty={
            <EmptyState
              icon={<IconShieldCheck size={22} />}
              title={t(filtered ? "aside.noneFound" : "aside.none")}
              text={t(filtered ? "aside.noneFoundHint" : "aside.noneHint")}
            />
          }
        >
          <RecordTable
            rows={rows}
            byCode={byCode}
            chosen={mayChange ? shown : undefined}
            onChoose={setChosen}
            onOpen={setOpen}
          />
        </ListState>
        <LoadMore
          shown={query.hasNextPage}
          busy={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
        />
      </Paper>
      <RecordDrawer subject={open} onClose={() => setOpen(undefined)} />
    </Stack>
  );
}

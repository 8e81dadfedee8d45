/* Schedules and freshness targets: what is fetched by the clock, and how old data may become. */
import { Button, Group, Paper, SegmentedControl, Select, Stack, Tabs } from "@mantine/core";
import { IconCalendarTime, IconPlus } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer, Schedule } from "@shared/api/types";
import { writeParam } from "@shared/format/ranges";
import { buildHash } from "@shared/route/hash";
import { navigate, useParams } from "@shared/route/useRoute";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { PageTitle } from "@shared/widgets/PageTitle";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { useAllDealers } from "../dealers/useDealers";
import { PauseBanner } from "../pauses/PauseBanner";
import { DeleteScheduleModal } from "./DeleteScheduleModal";
import { FreshnessList } from "./FreshnessList";
import { ScheduleTable } from "./ScheduleTable";
import { useScheduleEvents, useSchedules } from "./useSchedules";
import "../jobs/texts";

const ScheduleModal = lazy(() => import("./ScheduleModal"));
const ScheduleDrawer = lazy(() => import("./ScheduleDrawer"));

function useScheduleFilters() {
  const [params, setParams] = useParams();
  const state = params.get("active");
  return {
    dealer: params.get("dealer") ?? undefined,
    active: state === "true" ? true : state === "false" ? false : undefined,
    state: state ?? "",
    set: (name: string, value: string | null) =>
      setParams((now) => writeParam(now, name, value), true),
  };
}

type Filters = ReturnType<typeof useScheduleFilters>;

function FilterBar({ dealers, filters }: { dealers: Dealer[]; filters: Filters }) {
  const { t } = useTranslation("admin");
  return (
    <Group gap="sm" mb="sm">
      <Select
        aria-label={t("job.filterDealer")}
        placeholder={t("job.allDealers")}
        data={dealers.map((dealer) => ({
          value: dealer.dealer_id,
          label: `${dealer.dealer_name} (${dealer.dealer_id})`,
        }))}
        value={filters.dealer ?? null}
        onChange={(value) => filters.set("dealer", value)}
        searchable
        clearable
        w={{ base: "100%", xs: 260 }}
      />
      <SegmentedControl
        aria-label={t("job.state")}
        value={filters.state}
        onChange={(value) => filters.set("active", value)}
        data={[
          { value: "", label: t("dealer.all") },
          { value: "true", label: t("dealer.active") },
          { value: "false", label: t("schedule.pausedOnes") },
        ]}
      />
    </Group>
  );
}

interface ListProps {
  dealers: Dealer[];
  byCode: Map<string, Dealer>;
  onEdit: (schedule: Schedule) => void;
}

function ScheduleList({ dealers, byCode, onEdit }: ListProps) {
  const { t } = useTranslation("admin");
  const filters = useScheduleFilters();
  const query = useSchedules(filters.dealer, filters.active);
  const [deleting, setDeleting] = useState<Schedule>();
  const schedules = query.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = filters.dealer !== undefined || filters.active !== undefined;
  return (
    <Paper withBorder radius="lg" p="md">
      <FilterBar dealers={dealers} filters={filters} />
      {query.isPending && <TableSkeleton />}
      {query.isError && !query.data && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && schedules.length === 0 && (
        <EmptyState
          icon={<IconCalendarTime size={22} />}
          title={t(filtered ? "schedule.noneFound" : "schedule.none")}
          text={t(filtered ? "schedule.noneFoundHint" : "schedule.noneHint")}
        />
      )}
      {schedules.length > 0 && (
        <ScheduleTable schedules={schedules} byCode={byCode} onEdit={onEdit} onDelete={setDeleting} />
      )}
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
      <DeleteScheduleModal subject={deleting} onClose={() => setDeleting(undefined)} />
    </Paper>
  );
}

export default function SchedulesPage({ schedule }: { schedule: string | undefined }) {
  const { t } = useTranslation("admin");
  const [params, setParams] = useParams();
  const { dealers, byCode } = useAllDealers();
  const [editing, setEditing] = useState<Schedule | "new">();
  const tab = params.get("tab") === "freshness" ? "freshness" : "schedules";
  useScheduleEvents();
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle
        title={t("schedule.title")}
        text={t("schedule.subtitle")}
        action={
          tab === "schedules" && (
            <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEditing("new")}>
              {t("schedule.add")}
            </Button>
          )
        }
      />
      <PauseBanner />
      <Tabs
        value={tab}
        onChange={(next) =>
          setParams((now) => writeParam(now, "tab", next === "freshness" ? next : null))
        }
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="schedules">{t("schedule.title")}</Tabs.Tab>
          <Tabs.Tab value="freshness">{t("freshness.tab")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="schedules">
          <ScheduleList dealers={dealers} byCode={byCode} onEdit={setEditing} />
        </Tabs.Panel>
        <Tabs.Panel value="freshness">
          <FreshnessList byCode={byCode} />
        </Tabs.Panel>
      </Tabs>
      <WhenNeeded subject={editing}>
        <ScheduleModal subject={editing} onClose={() => setEditing(undefined)} />
      </WhenNeeded>
      <WhenNeeded subject={schedule}>
        <ScheduleDrawer
          subject={schedule}
          byCode={byCode}
          onClose={() => navigate(buildHash("/schedules", params))}
        />
      </WhenNeeded>
    </Stack>
  );
}

/* All dealers: search, add, edit, switch on and off. Search, filters and order live in the URL. */
import { Button, CloseButton, Group, Paper, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconBuildingStore, IconPlus, IconSearch } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";
import { useMay } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { PageTitle } from "@shared/widgets/PageTitle";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { DealerTable } from "./DealerTable";
import { useDealerPages, useUpstreams } from "./useDealers";

const ActivationModal = lazy(() => import("./ActivationModal"));
const DealerModal = lazy(() => import("./DealerModal"));
const TestModal = lazy(() => import("./TestModal"));
const RunJobModal = lazy(() => import("../jobs/RunJobModal"));

const SEARCH_WAIT_MS = 250;

function useDealerFilters() {
  const [params, setParams] = useParams();
  const state = params.get("active");
  const set = (name: string, value: string) =>
    setParams((now) => writeParam(now, name, value), true);
  return {
    q: params.get("q") ?? "",
    active: state === "true" ? true : state === "false" ? false : undefined,
    state: state ?? "",
    failing: params.get("failing") === "true",
    order: params.get("order") === "failed" ? ("failed" as const) : ("code" as const),
    set,
  };
}

function Filters({ filters }: { filters: ReturnType<typeof useDealerFilters> }) {
  const { t } = useTranslation("admin");
  const [text, setText] = useState(filters.q);
  const search = useDebouncedCallback((q: string) => filters.set("q", q.trim()), SEARCH_WAIT_MS);
  const type = (q: string) => {
    setText(q);
    search(q);
  };
  return (
    <Group gap="sm" mb="sm">
      <TextInput
        aria-label={t("dealer.search")}
        placeholder={t("dealer.search")}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          text && <CloseButton size="sm" aria-label={t("form.clear")} onClick={() => type("")} />
        }
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
        w={{ base: "100%", xs: 280 }}
      />
      <SegmentedControl
        aria-label={t("dealer.state")}
        value={filters.state}
        onChange={(value) => filters.set("active", value)}
        data={[
          { value: "", label: t("dealer.all") },
          { value: "true", label: t("dealer.active") },
          { value: "false", label: t("dealer.inactive") },
        ]}
      />
      <Button
        variant={filters.failing ? "light" : "default"}
        color={filters.failing ? "red.9" : undefined}
        aria-pressed={filters.failing}
        onClick={() => filters.set("failing", filters.failing ? "" : "true")}
      >
        {t("dealer.withError")}
      </Button>
    </Group>
  );
}

export function DealersPage() {
  const { t } = useTranslation("admin");
  const filters = useDealerFilters();
  const query = useDealerPages(filters);
  const upstreams = useUpstreams();
  const [editing, setEditing] = useState<Dealer | "new">();
  const [switching, setSwitching] = useState<Dealer>();
  const [running, setRunning] = useState<Dealer>();
  const [testing, setTesting] = useState<Dealer>();
  const dealers = query.data?.pages.flatMap((page) => page.items) ?? [];
  const may = useMay();
  const filtered = filters.q !== "" || filters.active !== undefined || filters.failing;
  const allWell = filters.failing && filters.q === "" && filters.active === undefined;
  const add = may("admin", true) && (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setEditing("new")}
      disabled={!upstreams.data}
    >
      {t("dealer.add")}
    </Button>
  );
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle title={t("dealer.title")} text={t("dealer.subtitle")} action={add} />
      <Paper withBorder radius="lg" p="md">
        <Filters filters={filters} />
        {query.isPending && <TableSkeleton />}
        {query.isError && !query.data && (
          <Stack pt="md">
            <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
          </Stack>
        )}
        {query.data && dealers.length === 0 && (
          <EmptyState
            icon={<IconBuildingStore size={22} />}
            title={t(allWell ? "dealer.allWell" : filtered ? "dealer.noneFound" : "dealer.none")}
            text={t(allWell ? "dealer.allWellHint" : filtered ? "dealer.noneFoundHint" : "dealer.noneHint")}
          />
        )}
        {dealers.length > 0 && (
          <DealerTable
            dealers={dealers}
            order={filters.order}
            onOrder={(order) => filters.set("order", order === "failed" ? order : "")}
            onEdit={setEditing}
            onSwitch={setSwitching}
            onRun={setRunning}
            onTest={setTesting}
          />
        )}
        <LoadMore
          shown={query.hasNextPage}
          busy={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
        />
      </Paper>
      <WhenNeeded subject={editing}>
        <DealerModal
          subject={editing}
          upstreams={upstreams.data?.items ?? []}
          onClose={() => setEditing(undefined)}
        />
      </WhenNeeded>
      <WhenNeeded subject={switching}>
        <ActivationModal subject={switching} onClose={() => setSwitching(undefined)} />
      </WhenNeeded>
      <WhenNeeded subject={testing}>
        <TestModal subject={testing} onClose={() => setTesting(undefined)} />
      </WhenNeeded>
      <WhenNeeded subject={running}>
        <RunJobModal
          subject={running && { dealer: running.dealer_id }}
          onClose={() => setRunning(undefined)}
        />
      </WhenNeeded>
    </Stack>
  );
}

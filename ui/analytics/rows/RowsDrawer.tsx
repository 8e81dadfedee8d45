/*
 * The prospects behind a figure: masked, sorted by the server, as a file, and where they come from. What is
 * shown is in the URL; why names were revealed is not, and holds for these rows alone.
 */
import { Anchor, Drawer, Group, Select, Stack, Text } from "@mantine/core";
import { IconMoodEmpty } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@shared/format/useFormat";
import { useRights } from "@shared/session/useMay";
import { CsvLink } from "@shared/widgets/CsvLink";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { useKept } from "@shared/widgets/useKept";
import { ALL_DEALERS } from "../filters/useFilters";
import { RevealForm } from "./RevealForm";
import { RowsTable } from "./RowsTable";
import { useDrawers } from "./useDrawers";
import { useRows } from "./useRows";
import { useRowsSubject } from "./useSubject";
import "./texts";

type Shown = ReturnType<typeof useRowsSubject>;

function WhoseRows({ shown }: { shown: Shown }) {
  const { t } = useTranslation("analytics");
  const { codes, names, dealer, setDealer } = shown;
  const all = codes[0] === ALL_DEALERS;
  return codes.length > 1 ? (
    <Select
      label={t("rows.dealer")}
      description={all ? undefined : t("rows.oneAtATime")}
      data={codes.map((code) => ({
        value: code,
        label: code === ALL_DEALERS ? t("dealer.all") : `${names.get(code) ?? code} (${code})`,
      }))}
      value={dealer ?? null}
      onChange={setDealer}
      allowDeselect={false}
      searchable
      maw={360}
    />
  ) : (
    <Text size="sm" fw={600}>
      {dealer && (names.get(dealer) ?? dealer)}
    </Text>
  );
}

interface SumProps {
  shown: Shown;
  count: number | undefined;
  more: boolean;
}

/** How many there are, of which days, and what else can be had of them. */
function Sum({ shown, count, more }: SumProps) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const { openOrigin } = useDrawers();
  const { days, dealer, subject } = shown;
  const day = subject?.by === "day" ? subject.key : undefined;
  const n = format.count(count ?? 0);
  return (
    <Group justify="space-between" gap="sm">
      <Text size="sm" role="status">
        {count !== undefined && (
          <Text span inherit fw={600} data-rows-count={count}>
            {more ? t("rows.countMore", { n }) : t("rows.count", { count, n })}
          </Text>
        )}
        {days && (
          <Text span inherit c="dimmed">
            {count !== undefined && " · "}
            {days.from && days.to ? t("rows.range", { days: format.window(days.from, days.to) }) : t("rows.anyDate")}
          </Text>
        )}
      </Text>
      <Group gap="md">
        {dealer && dealer !== ALL_DEALERS && (
          <Anchor component="button" type="button" size="sm" onClick={() => openOrigin(dealer, day)}>
            {t("rows.origin")}
          </Anchor>
        )}
        <CsvLink text={t("rows.csv")} route="/api/v1/prospects" query={shown.ask} />
      </Group>
    </Group>
  );
}

function Rows({ shown }: { shown: Shown }) {
  const { t } = useTranslation("analytics");
  const { operate } = useRights();
  const [given, setGiven] = useState<{ for: string; reason: string }>();
  const asked = JSON.stringify(shown.ask);
  const reason = given?.for === asked ? given.reason : undefined;
  const query = useRows(shown.ask, reason, shown.ready);
  const first = query.data?.pages[0];
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const byId = shown.subject?.by === "id";
  return (
    <Stack gap="md">
      <WhoseRows shown={shown} />
      {shown.dealer === ALL_DEALERS && !byId && (
        <Text size="xs" c="dimmed">
          {t("rows.grouped")}
        </Text>
      )}
      <Sum shown={shown} count={first?.count} more={first?.count_more ?? false} />
      {operate && (rows.length > 0 || reason !== undefined) && (
        <RevealForm
          reason={query.isSuccess ? reason : undefined}
          busy={reason !== undefined && query.isPending}
          onReason={(next) => setGiven(next === undefined ? undefined : { for: asked, reason: next })}
        />
      )}
      {query.isPending && <TableSkeleton rows={8} />}
      {query.isError && rows.length === 0 && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} busy={query.isFetching} />
      )}
      {first && rows.length === 0 && (
        <EmptyState
          icon={<IconMoodEmpty size={22} />}
          title={t(byId ? "rows.noneOfId" : "rows.none")}
          text={t(byId ? "rows.noneOfIdHint" : "rows.noneHint")}
        />
      )}
      {rows.length > 0 && (
        <RowsTable
          label={shown.title}
          rows={rows}
          names={shown.dealer === ALL_DEALERS ? shown.names : undefined}
          sorting={shown.sorting}
          onSort={shown.setSorting}
        />
      )}
      {query.isFetchNextPageError && <ErrorNotice error={query.error} />}
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
    </Stack>
  );
}

function Opened({ text }: { text: string | undefined }) {
  const { t } = useTranslation("analytics");
  const shown = useRowsSubject(text);
  return shown.subject ? (
    <Rows shown={shown} />
  ) : (
    <EmptyState icon={<IconMoodEmpty size={22} />} title={t("rows.wrong")} text={t("rows.wrongHint")} />
  );
}

export default function RowsDrawer({ subject }: { subject: string | undefined }) {
  const { t } = useTranslation("analytics");
  const { close } = useDrawers();
  const kept = useKept(subject);
  const { title } = useRowsSubject(kept);
  return (
    <Drawer
      opened={subject !== undefined}
      onClose={close}
      position="right"
      size="min(1080px, 100%)"
      title={title}
      closeButtonProps={{ "aria-label": t("rows.close") }}
      keepMounted={false}
    >
      <Opened text={kept} />
    </Drawer>
  );
}

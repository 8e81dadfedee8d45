/* The filters of the history: a text, dealer, state and days at hand, the others one step away. */
import { Button, CloseButton, Group, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconAdjustments, IconCalendar, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { writeParam } from "@shared/format/ranges";
import { useFormat } from "@shared/format/useFormat";
import { useParams } from "@shared/route/useRoute";
import { useRights } from "@shared/session/useMay";
import { useSchedules } from "../schedules/useSchedules";
import { useFeeds } from "./feeds";
import { FILTERS, KINDS, isFiltered, readFilter, type FilterName, type JobFilter } from "./jobFilter";
import { STATES } from "./progress";

const TYPING_MS = 300;

export function useJobFilter() {
  const [params, setParams] = useParams();
  const set = (values: Partial<Record<FilterName, string | null>>) =>
    setParams(
      (now) => Object.entries(values).reduce((all, [name, value]) => writeParam(all, name, value), now),
      true,
    );
  return { filter: readFilter(params), set };
}

interface Props {
  dealers: Dealer[];
  filter: JobFilter;
  set: ReturnType<typeof useJobFilter>["set"];
}

/** A text that is looked for when its typing rests. */
function TypedFilter({ name, value, set, icon }: { name: "text" | "who"; value: string } & Pick<Props, "set"> & { icon?: boolean }) {
  const { t } = useTranslation("admin");
  const [text, setText] = useState(value);
  const search = useDebouncedCallback((next: string) => set({ [name]: next.trim() }), TYPING_MS);
  const type = (next: string) => {
    setText(next);
    search(next);
  };
  return (
    <TextInput
      aria-label={t(`filter.${name}`)}
      placeholder={t(`filter.${name}`)}
      leftSection={icon && <IconSearch size={16} aria-hidden />}
      rightSection={text && <CloseButton size="sm" aria-label={t("form.clear")} onClick={() => type("")} />}
      maxLength={name === "who" ? 64 : 100}
      value={text}
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}

function ScheduleFilter({ filter, set }: Omit<Props, "dealers">) {
  const { t } = useTranslation("admin");
  const schedules = useSchedules(undefined, undefined).data?.pages.flatMap((page) => page.items) ?? [];
  const data = schedules.map((one) => ({ value: String(one.id), label: one.name }));
  // A schedule that was removed has jobs all the same.
  const known = filter.schedule === undefined || data.some((one) => one.value === filter.schedule);
  return (
    <Select
      aria-label={t("filter.schedule")}
      placeholder={t("filter.schedule")}
      data={known ? data : [...data, { value: filter.schedule ?? "", label: `#${filter.schedule}` }]}
      value={filter.schedule ?? null}
      onChange={(value) => set({ schedule: value })}
      searchable
      clearable
    />
  );
}

function MoreFilters({ filter, set }: Omit<Props, "dealers">) {
  const { t } = useTranslation("admin");
  const feeds = useFeeds();
  const { operate, whole } = useRights();
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
      <Select
        aria-label={t("filter.kind")}
        placeholder={t("filter.kind")}
        data={KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        value={filter.kind ?? null}
        onChange={(value) => set({ kind: value })}
        clearable
      />
      <Select
        aria-label={t("filter.feed")}
        placeholder={t("filter.feed")}
        data={feeds.options}
        value={filter.feed ?? null}
        onChange={(value) => set({ feed: value })}
        clearable
      />
      <TypedFilter key={filter.who === undefined ? "none" : "some"} name="who" value={filter.who ?? ""} set={set} />
      {operate && whole && <ScheduleFilter filter={filter} set={set} />}
    </SimpleGrid>
  );
}

function DaysFilter({ filter, set }: Omit<Props, "dealers">) {
  const { t } = useTranslation("admin");
  const { locale } = useFormat();
  const [begun, setBegun] = useState<string>();
  return (
    <DatePickerInput
      type="range"
      aria-label={t("filter.days")}
      placeholder={t("filter.days")}
      leftSection={<IconCalendar size={16} aria-hidden />}
      valueFormat="D MMM YYYY"
      locale={locale.slice(0, 2)}
      allowSingleDateInRange
      firstDayOfWeek={1}
      clearable
      clearButtonProps={{ "aria-label": t("form.clear") }}
      value={begun ? [begun, null] : [filter.from ?? null, filter.to ?? null]}
      onChange={([from, to]) => {
        // A range is none before its second day.
        setBegun(from && !to ? from : undefined);
        if (!from || to) {
          set({ from, to });
        }
      }}
    />
  );
}

export function HistoryFilters({ dealers, filter, set }: Props) {
  const { t } = useTranslation("admin");
  const hidden = [filter.kind, filter.feed, filter.who, filter.schedule].some((one) => one !== undefined);
  const [chosen, setChosen] = useState<boolean>();
  const open = chosen ?? hidden;
  const clear = () => set(Object.fromEntries(FILTERS.map((name) => [name, null])));
  return (
    <Stack gap="sm" mb="sm">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
        <TypedFilter key={filter.text === undefined ? "none" : "some"} name="text" value={filter.text ?? ""} set={set} icon />
        <Select
          aria-label={t("job.filterDealer")}
          placeholder={t("job.allDealers")}
          data={dealers.map((dealer) => ({
            value: dealer.dealer_id,
            label: `${dealer.dealer_name} (${dealer.dealer_id})`,
          }))}
          value={filter.dealer ?? null}
          onChange={(value) => set({ dealer: value })}
          searchable
          clearable
        />
        <Select
          aria-label={t("job.filterState")}
          placeholder={t("job.allStates")}
          data={STATES.map((state) => ({ value: state, label: t(`state.${state}`) }))}
          value={filter.state ?? null}
          onChange={(value) => set({ state: value })}
          clearable
        />
        <DaysFilter filter={filter} set={set} />
      </SimpleGrid>
      {open && <MoreFilters filter={filter} set={set} />}
      <Group gap="xs">
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconAdjustments size={16} aria-hidden />}
          aria-expanded={open}
          onClick={() => setChosen(!open)}
        >
          {t(open ? "filter.fewer" : "filter.more")}
        </Button>
        {isFiltered(filter) && (
          <Button size="compact-sm" variant="subtle" color="gray" onClick={clear}>
            {t("filter.clear")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

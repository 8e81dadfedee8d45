/*
 * Finds prospects by name or telephone number, for those who may. The answer is no query: neither it nor what
 * was typed stays in a cache or in the address, and both are forgotten with the dialog.
 */
import { Alert, Button, Group, NavLink, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconChevronRight, IconSearch, IconUserOff } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { apiPost } from "@shared/api/client";
import { sortErrors } from "@shared/api/fieldErrors";
import type { Prospect, ProspectSearch, ProspectsFound } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { useChosen } from "../dashboard/useReport";
import { ALL_DEALERS } from "../filters/useFilters";
import { MOST, SEARCH_FIELDS, enough, reasonFits, toSearch, type SearchValues, type Way } from "./search";
import { useDealerOptions } from "./useSubject";

function useFind() {
  const lang = useTranslation().i18n.language === "id" ? "id" : "en";
  return useMutation({
    mutationFn: (search: ProspectSearch) => apiPost("/api/v1/prospects/find", { ...search, lang }),
    gcTime: 0,
  });
}

function useSearchForm(way: Way, dealer: string, onValuesChange: () => void) {
  const { t } = useTranslation("analytics");
  return useForm<SearchValues>({
    initialValues: { dealer, text: "", reason: "" },
    onValuesChange,
    validate: {
      text: (text) => (enough(way, text) ? null : t(`search.${way}Short`)),
      reason: (reason) => (reasonFits(reason) ? null : t("reveal.short")),
    },
  });
}

interface FoundProps {
  page: ProspectsFound;
  /** The one that was looked at last, to go on from. */
  picked: Prospect["id"] | undefined;
  names: Map<string, string>;
  onPick: (prospect: Prospect) => void;
}

function Found({ page, picked, names, onPick }: FoundProps) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const n = format.count(page.items.length);
  const about = (row: Prospect) =>
    [
      row.tanggal_prospect ? format.day(row.tanggal_prospect) : t("rows.undated"),
      row.status_label ?? row.status_prospect,
      row.sales_label ?? row.id_sales_people,
      names.get(row.dealer_id) ?? row.dealer_id,
    ]
      .filter(Boolean)
      .join(" · ");
  return (
    <Stack gap="xs" data-found={page.items.length}>
      {page.items.length === 0 ? (
        page.whole && <EmptyState icon={<IconUserOff size={22} />} title={t("search.none")} text={t("search.noneHint")} />
      ) : (
        <Text size="sm" fw={600}>
          {page.more ? t("search.more", { n }) : t("search.found", { count: page.items.length, n })}
        </Text>
      )}
      {!page.whole && (
        <Alert color="yellow" variant="light">
          {t("search.notWhole")}
        </Alert>
      )}
      {page.items.length > 0 && (
        <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: "none" }} aria-label={t("rows.title")}>
          {page.items.map((row) => (
            <li key={row.id}>
              <NavLink
                component="button"
                type="button"
                data-prospect={row.id_prospect}
                data-autofocus={row.id === picked || undefined}
                label={row.nama_lengkap ?? "–"}
                description={`${about(row)} · ${row.id_prospect}`}
                rightSection={<IconChevronRight size={16} aria-hidden />}
                onClick={() => onPick(row)}
                styles={{ description: { overflowWrap: "anywhere" }, label: { fontWeight: 600 } }}
              />
            </li>
          ))}
        </Stack>
      )}
    </Stack>
  );
}

interface Props {
  way: Way;
  /** A prospect is to be shown. */
  onPick: (prospect: Prospect) => void;
}

export function PersonSearch({ way, onPick }: Props) {
  const { t } = useTranslation("analytics");
  const { chosen } = useChosen();
  const { codes, names } = useDealerOptions(true);
  const first = chosen.length === 1 ? chosen[0] : codes[0];
  const find = useFind();
  // What was found is not what the changed words would find.
  const form = useSearchForm(way, first ?? ALL_DEALERS, () => find.reset());
  const [picked, setPicked] = useState<Prospect["id"]>();
  const pick = (one: Prospect) => {
    setPicked(one.id);
    onPick(one);
  };
  const misplaced = find.error && Object.keys(sortErrors(find.error, SEARCH_FIELDS).fields).length === 0;
  const submit = (values: SearchValues) =>
    find.mutate(toSearch(way, values), {
      onError: (error) => form.setErrors(sortErrors(error, SEARCH_FIELDS).fields),
    });
  return (
    <Stack gap="md">
      <form onSubmit={form.onSubmit(submit)} noValidate autoComplete="off">
        <Stack gap="md">
          <TextInput
            label={t(`search.${way}`)}
            description={t(`search.${way}Hint`)}
            inputMode={way === "phone" ? "tel" : "text"}
            maxLength={MOST[way]}
            autoComplete="off"
            spellCheck={false}
            required
            {...form.getInputProps("text")}
          />
          {codes.length > 1 && (
            <Select
              label={t("search.dealer")}
              data={codes.map((code) => ({
                value: code,
                label: code === ALL_DEALERS ? t("dealer.all") : `${names.get(code) ?? code} (${code})`,
              }))}
              searchable
              allowDeselect={false}
              {...form.getInputProps("dealer")}
            />
          )}
          <TextInput
            label={t("search.reason")}
            description={t("search.reasonHint")}
            maxLength={MOST.reason}
            autoComplete="off"
            required
            {...form.getInputProps("reason")}
          />
          <Group justify="flex-end">
            <Button type="submit" leftSection={<IconSearch size={16} aria-hidden />} loading={find.isPending}>
              {t("search.submit")}
            </Button>
          </Group>
        </Stack>
      </form>
      {misplaced && <ErrorNotice error={find.error} />}
      <div role="status">{find.data && <Found page={find.data} picked={picked} names={names} onPick={pick} />}</div>
    </Stack>
  );
}

/* The ranking of dealers, sorted by its heads, with totals below; on a phone each dealer is a card. */
import { NativeSelect, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { GroupReport, GroupRow } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { Moment } from "@shared/widgets/Moment";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { SortHead } from "@shared/widgets/SortHead";
import type { Sorting } from "@shared/widgets/sorting";
import { ChangeOf, DealerLink, GapsBadge } from "./GroupCells";
import { Line } from "./Line";
import { readSeries } from "./groupRange";
import { SORTS, type Sort } from "./useGroup";
import "@shared/widgets/stacked.css";
import "./group.css";

const LINE_HEIGHT = 28;

interface Props {
  report: GroupReport;
  compared: boolean;
  sorting: Sorting<Sort>;
  onSort: (next: Sorting<Sort>) => void;
}

const NUMBERS = ["recent", "active", "new"] as const;

function Row({ row, compared, head }: { row: GroupRow; compared: boolean; head: ReactNode }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  return (
    <Table.Tr data-dealer={row.dealer_id || "totals"}>
      <Table.Th scope="row" fw={400} ta="left">
        {head}
      </Table.Th>
      <Table.Td ta="right" fw={600} data-column={t("group.total")} data-cell="total">
        {format.count(row.total)}
      </Table.Td>
      {compared && (
        <Table.Td ta="right" data-column={t("group.change")} data-cell="change">
          <ChangeOf row={row} />
        </Table.Td>
      )}
      {NUMBERS.map((name) => (
        <Table.Td key={name} ta="right" data-column={t(`group.${name}`)} data-cell={name}>
          {format.count(row[name])}
        </Table.Td>
      ))}
      <Table.Td ta="right" data-column={t("group.deal_rate")} data-cell="deal_rate">
        {row.deal_rate === undefined ? "–" : format.share(row.deal_rate, 1)}
      </Table.Td>
      <Table.Td data-column={t("group.series")}>
        <Line series={readSeries(row.series)} height={LINE_HEIGHT} />
      </Table.Td>
      <Table.Td data-column={t("group.gaps")}>
        <GapsBadge row={row} />
      </Table.Td>
      <Table.Td data-column={t("group.fetched_at")}>
        {row.fetched_at ? <Moment at={row.fetched_at} /> : t("group.never")}
      </Table.Td>
    </Table.Tr>
  );
}

/** The order on a phone, where the table has no heads. */
function SortSelect({ compared, sorting, onSort }: Omit<Props, "report">) {
  const { t } = useTranslation("analytics");
  const choices = SORTS.filter((sort) => compared || sort !== "change").flatMap((sort) =>
    [false, true].map((ascending) => ({ sort, ascending })),
  );
  return (
    <NativeSelect
      hiddenFrom="sm"
      label={t("group.sort")}
      data={choices.map((one, at) => ({
        value: String(at),
        label: `${t(`group.${one.sort}`)}, ${t(one.ascending ? "group.ascending" : "group.descending")}`,
      }))}
      value={choices.findIndex((one) => one.sort === sorting.sort && one.ascending === sorting.ascending)}
      onChange={(event) => onSort(choices[Number(event.currentTarget.value)] ?? sorting)}
    />
  );
}

export function GroupTable({ report, compared, sorting, onSort }: Props) {
  const { t } = useTranslation("analytics");
  const head = (by: Sort, number = false) => (
    <SortHead by={by} text={t(`group.${by}`)} sorting={sorting} number={number} up={by === "name"} onSort={onSort} />
  );
  return (
    <>
      <SortSelect compared={compared} sorting={sorting} onSort={onSort} />
      <ScrollTable label={t("group.title")} className="stacked-table group-table">
        <Table.Thead>
          <Table.Tr>
            {head("name")}
            {head("total", true)}
            {compared && head("change", true)}
            {NUMBERS.map((name) => (
              <SortHead
                key={name}
                by={name}
                text={t(`group.${name}`)}
                sorting={sorting}
                number
                onSort={onSort}
              />
            ))}
            {head("deal_rate", true)}
            <Table.Th>{t("group.series")}</Table.Th>
            {head("gaps")}
            {head("fetched_at")}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.items.map((row) => (
            <Row key={row.dealer_id} row={row} compared={compared} head={<DealerLink row={row} />} />
          ))}
        </Table.Tbody>
        <Table.Tfoot>
          <Row row={report.totals} compared={compared} head={<b>{t("group.totals")}</b>} />
        </Table.Tfoot>
      </ScrollTable>
    </>
  );
}

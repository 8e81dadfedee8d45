/* Prospects as a table that is sorted by its heads; on a phone each is a card. */
import { NativeSelect, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Prospect } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { SortHead } from "@shared/widgets/SortHead";
import type { Sorting } from "@shared/widgets/sorting";
import { SORTS, type Sort } from "./useSubject";
import "@shared/widgets/stacked.css";

interface Props {
  label: string;
  rows: Prospect[];
  /** Names of the dealers, when rows are of several. */
  names: Map<string, string> | undefined;
  sorting: Sorting<Sort>;
  onSort: (next: Sorting<Sort>) => void;
}

function Row({ row, names }: { row: Prospect; names: Props["names"] }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const follow = [
    row.method_label ?? row.metode_follow_up,
    row.state_label ?? row.status_follow_up_prospecting,
  ].filter(Boolean);
  const cells = [
    ["date", row.tanggal_prospect ? format.day(row.tanggal_prospect) : t("rows.undated")],
    ["name", row.nama_lengkap ?? "–"],
    ["status", row.status_label ?? (row.status_prospect || "–")],
    ["source", row.source_label ?? (row.sumber_prospect || "–")],
    ["sales", row.sales_label ?? (row.id_sales_people || "–")],
    ["followUp", follow.join(" · ") || "–"],
    ["district", row.district_label ?? (row.kode_kecamatan || "–")],
    ["units", format.count(row.units)],
  ] as const;
  return (
    <Table.Tr data-prospect={row.id_prospect}>
      {names && (
        <Table.Td data-column={t("dealer.label")}>{names.get(row.dealer_id) ?? row.dealer_id}</Table.Td>
      )}
      {cells.map(([column, text]) => (
        <Table.Td key={column} data-column={t(`rows.${column}`)} data-cell={column}>
          {text}
        </Table.Td>
      ))}
      <Table.Td data-column={t("rows.id")}>
        <Text span size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {row.id_prospect}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

/** The order on a phone, where the table has no heads. */
function SortSelect({ sorting, onSort }: Pick<Props, "sorting" | "onSort">) {
  const { t } = useTranslation("analytics");
  const choices = SORTS.flatMap((sort) => [false, true].map((ascending) => ({ sort, ascending })));
  const words = (one: Sorting<Sort>) =>
    one.sort === "date"
      ? t(one.ascending ? "rows.earliest" : "rows.latest")
      : t(one.ascending ? "rows.ascending" : "rows.descending");
  return (
    <NativeSelect
      hiddenFrom="sm"
      size="sm"
      label={t("rows.sort")}
      data={choices.map((one, at) => ({ value: String(at), label: `${t(`rows.${one.sort}`)}, ${words(one)}` }))}
      value={choices.findIndex((one) => one.sort === sorting.sort && one.ascending === sorting.ascending)}
      onChange={(event) => onSort(choices[Number(event.currentTarget.value)] ?? sorting)}
    />
  );
}

export function RowsTable({ label, rows, names, sorting, onSort }: Props) {
  const { t } = useTranslation("analytics");
  const head = (by: Sort) => <SortHead by={by} text={t(`rows.${by}`)} sorting={sorting} onSort={onSort} />;
  return (
    <>
      <SortSelect sorting={sorting} onSort={onSort} />
      <Table className="stacked-table" highlightOnHover aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {names && <Table.Th>{t("dealer.label")}</Table.Th>}
            {head("date")}
            <Table.Th>{t("rows.name")}</Table.Th>
            {head("status")}
            <Table.Th>{t("rows.source")}</Table.Th>
            {head("sales")}
            <Table.Th>{t("rows.followUp")}</Table.Th>
            <Table.Th>{t("rows.district")}</Table.Th>
            <Table.Th>{t("rows.units")}</Table.Th>
            <Table.Th>{t("rows.id")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Row key={row.id} row={row} names={names} />
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

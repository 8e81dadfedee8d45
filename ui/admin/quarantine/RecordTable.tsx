/* The records as a table with a choice of those that are open. */
import { ActionIcon, Box, Checkbox, Code, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Dealer, QuarantineRow } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { Moment } from "@shared/widgets/Moment";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { Dismissal, RecordState } from "./RecordState";

interface Props {
  rows: QuarantineRow[];
  byCode: Map<string, Dealer>;
  /** Nothing: whoever looks may not change anything. */
  chosen: Set<number> | undefined;
  onChoose: (chosen: Set<number>) => void;
  onOpen: (id: number) => void;
}

const isOpen = (row: QuarantineRow) => (row.state ?? "open") === "open";

function Row({ row, byCode, chosen, onChoose, onOpen }: Omit<Props, "rows"> & { row: QuarantineRow }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const toggle = () => {
    const next = new Set(chosen);
    if (!next.delete(row.id)) {
      next.add(row.id);
    }
    onChoose(next);
  };
  return (
    <Table.Tr data-record={row.id}>
      {chosen && (
        <Table.Td w={36}>
          {isOpen(row) && (
            <Checkbox
              aria-label={t("aside.choose", { id: row.id })}
              checked={chosen.has(row.id)}
              onChange={toggle}
            />
          )}
        </Table.Td>
      )}
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {row.reason}
        </Text>
        {row.field && <Code style={{ overflowWrap: "anywhere" }}>{row.field}</Code>}
        <Box hiddenFrom="sm">
          <Text size="xs" c="dimmed" mb={4}>
            {row.dealer_id} · <Moment at={row.seen_at ?? row.created_at} />
          </Text>
          <RecordState state={row.state} />
          <Dismissal row={row} />
        </Box>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Text size="sm">{byCode.get(row.dealer_id)?.dealer_name ?? row.dealer_id}</Text>
        <Text size="xs" c="dimmed">
          {row.dealer_id} · {row.feed}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <RecordState state={row.state} />
        <Dismissal row={row} />
      </Table.Td>
      <Table.Td visibleFrom="md" ta="right">
        {format.count(row.seen ?? 1)}
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <Moment at={row.created_at} />
      </Table.Td>
      <Table.Td visibleFrom="sm">{row.seen_at ? <Moment at={row.seen_at} /> : "–"}</Table.Td>
      <Table.Td ta="right" w={48}>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => onOpen(row.id)}
          aria-label={t("aside.open", { id: row.id })}
        >
          <IconChevronRight size={18} aria-hidden />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}

export function RecordTable({ rows, chosen, onChoose, ...rest }: Props) {
  const { t } = useTranslation("admin");
  const open = rows.filter(isOpen).map((row) => row.id);
  const all = open.length > 0 && open.every((id) => chosen?.has(id));
  return (
    <ScrollTable label={t("aside.records")}>
      <Table.Thead>
        <Table.Tr>
          {chosen && (
            <Table.Th w={36}>
              <Checkbox
                aria-label={t("aside.chooseAll")}
                checked={all}
                indeterminate={!all && chosen.size > 0}
                disabled={open.length === 0}
                onChange={() => onChoose(all ? new Set() : new Set(open))}
              />
            </Table.Th>
          )}
          <Table.Th>{t("quarantine.reason")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("quarantine.dealer")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("user.stateColumn")}</Table.Th>
          <Table.Th visibleFrom="md" ta="right">
            {t("aside.seen")}
          </Table.Th>
          <Table.Th visibleFrom="lg">{t("aside.first")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("aside.last")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("job.details")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} chosen={chosen} onChoose={onChoose} {...rest} />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

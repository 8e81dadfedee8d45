/*
 * The frame of one chart: title, the switch between chart and table twin, and what to show while
 * there is nothing to draw.
 */
import { ActionIcon, Box, Group, Paper, ScrollArea, Skeleton, Table, Title, Tooltip } from "@mantine/core";
import { IconChartBar, IconChartLine, IconTable } from "@tabler/icons-react";
import { useId, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@shared/widgets/EmptyState";

export interface TwinColumn {
  title: string;
  number?: boolean;
}

interface Props {
  title: string;
  height: number;
  loading: boolean;
  empty: boolean;
  columns: TwinColumn[];
  rows: { key: string; cells: string[] }[];
  children: ReactNode;
}

function Twin({ columns, rows, height, label }: Pick<Props, "columns" | "rows" | "height"> & { label: string }) {
  return (
    <ScrollArea h={height} type="auto" viewportProps={{ tabIndex: 0, role: "group", "aria-labelledby": label }}>
      <Table stickyHeader highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column.title} ta={column.number ? "right" : "left"}>
                {column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.key}>
              {row.cells.map((cell, at) => (
                <Table.Td key={columns[at]?.title} ta={columns[at]?.number ? "right" : "left"}>
                  {cell}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

export function ChartPanel({ title, height, loading, empty, columns, rows, children }: Props) {
  const { t } = useTranslation("analytics");
  const [table, setTable] = useState(false);
  const id = useId();
  const label = table ? t("chart.showChart") : t("chart.showTable");
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby={id}>
      <Group justify="space-between" mb="xs" wrap="nowrap">
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        <Tooltip label={label}>
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={() => setTable((now) => !now)}
            aria-label={`${title}: ${label}`}
            aria-pressed={table}
            disabled={loading || empty}
          >
            {table ? <IconChartBar size={18} aria-hidden /> : <IconTable size={18} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      </Group>
      {loading && <Skeleton h={height} />}
      {!loading && empty && (
        <Box mih={height}>
          <EmptyState
            icon={<IconChartLine size={22} />}
            title={t("chart.none")}
            text={t("chart.noneHint")}
          />
        </Box>
      )}
      {!loading && !empty && table && (
        <Twin columns={columns} rows={rows} height={height} label={id} />
      )}
      {!loading && !empty && !table && children}
    </Paper>
  );
}

/* One chart with its table twin: title, the switch between them, and what to show without figures. */
import { ActionIcon, Group, Paper, ScrollArea, Table, Text, Title, Tooltip } from "@mantine/core";
import { IconChartBar, IconChartLine, IconTable } from "@tabler/icons-react";
import type { EChartsCoreOption } from "echarts/core";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ChartCanvas } from "@shared/charts/ChartCanvas";

const HEIGHT = 280;

interface Props {
  title: string;
  hint?: string | undefined;
  option: EChartsCoreOption;
  says: string;
  columns: string[];
  rows: { key: string; cells: string[] }[];
}

export function ChartFrame({ title, hint, option, says, columns, rows }: Props) {
  const { t } = useTranslation("admin");
  const [table, setTable] = useState(false);
  const id = useId();
  const label = t(table ? "figures.showChart" : "figures.showTable");
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby={id}>
      <Group justify="space-between" wrap="nowrap" mb="xs">
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        <Tooltip label={label}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`${title}: ${label}`}
            aria-pressed={table}
            disabled={rows.length === 0}
            onClick={() => setTable((now) => !now)}
          >
            {table ? <IconChartBar size={18} aria-hidden /> : <IconTable size={18} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      </Group>
      {hint && (
        <Text size="xs" c="dimmed" mb="xs">
          {hint}
        </Text>
      )}
      {rows.length === 0 && (
        <EmptyState icon={<IconChartLine size={22} />} title={t("figures.none")} text={t("figures.noneHint")} />
      )}
      {rows.length > 0 && !table && <ChartCanvas option={option} height={HEIGHT} says={says} />}
      {rows.length > 0 && table && (
        <ScrollArea h={HEIGHT} type="auto" viewportProps={{ tabIndex: 0, role: "group", "aria-labelledby": id }}>
          <Table stickyHeader highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                {columns.map((column, at) => (
                  <Table.Th key={column} ta={at === 0 ? "left" : "right"}>
                    {column}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.key}>
                  {row.cells.map((cell, at) => (
                    <Table.Td key={columns[at]} ta={at === 0 ? "left" : "right"}>
                      {cell}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
    </Paper>
  );
}

/*
 * The frame of one chart: title, the switch between chart and table twin, saving as table or picture, and
 * what to show while there is nothing to draw. Without an option it is a table alone.
 */
import { ActionIcon, Anchor, Box, Group, Menu, Paper, ScrollArea, Skeleton, Table, Text, Title, Tooltip } from "@mantine/core";
import {
  IconChartBar,
  IconChartLine,
  IconDownload,
  IconFileTypeCsv,
  IconPhoto,
  IconTable,
} from "@tabler/icons-react";
import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useCallback, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { fileName, toCsv, type CsvCell } from "@shared/format/csv";
import { EmptyState } from "@shared/widgets/EmptyState";
import { saveText, saveUrl } from "@shared/widgets/save";
import { ChartCanvas } from "@shared/charts/ChartCanvas";

export interface TwinColumn {
  title: string;
  number?: boolean;
}

export interface TwinRow {
  key: string;
  /** As people read it. */
  cells: string[];
  /** As a program reads it. */
  raw: CsvCell[];
}

export interface Drawing {
  option: EChartsCoreOption;
  /** The chart in one sentence. */
  says: string;
  /** The keys of the rows in the order of what is drawn; absent = that of the rows. */
  keys?: string[];
  /** Less than the panel has, for a chart that would be torn apart. */
  height?: number;
}

interface Props {
  title: string;
  /** What the figures are about, for names of files. */
  subject: string;
  height: number;
  loading: boolean;
  columns: TwinColumn[];
  rows: TwinRow[];
  drawing?: Drawing | undefined;
  note?: string | undefined;
  /** Opens the rows behind the part with this key. */
  onPick?: ((key: string) => void) | undefined;
}

type TwinProps = Pick<Props, "columns" | "rows" | "height" | "onPick"> & { label: string };

function Twin({ columns, rows, height, label, onPick }: TwinProps) {
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
                  {at === 0 && onPick ? (
                    <Anchor component="button" type="button" size="sm" ta="left" onClick={() => onPick(row.key)}>
                      {cell}
                    </Anchor>
                  ) : (
                    cell
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

interface SaveProps {
  title: string;
  disabled: boolean;
  onCsv: () => void;
  onPng: (() => void) | undefined;
}

function SaveMenu({ title, disabled, onCsv, onPng }: SaveProps) {
  const { t } = useTranslation("analytics");
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("chart.actions", { title })}
          disabled={disabled}
        >
          <IconDownload size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconFileTypeCsv size={16} aria-hidden />} onClick={onCsv}>
          {t("chart.csv")}
        </Menu.Item>
        {onPng && (
          <Menu.Item leftSection={<IconPhoto size={16} aria-hidden />} onClick={onPng}>
            {t("chart.png")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

export function ChartPanel(props: Props) {
  const { title, subject, height, loading, columns, rows, drawing, note, onPick } = props;
  const { t } = useTranslation("analytics");
  const [table, setTable] = useState(false);
  const chart = useRef<EChartsType>(undefined);
  const keep = useCallback((made: EChartsType | undefined) => {
    chart.current = made;
  }, []);
  const id = useId();
  const empty = !loading && rows.length === 0;
  const asTable = table || !drawing;
  const label = table ? t("chart.showChart") : t("chart.showTable");
  const keys = useMemo(() => drawing?.keys ?? rows.map((row) => row.key), [drawing, rows]);
  const pick = useMemo(
    () =>
      onPick &&
      ((at: number) => {
        const key = keys[at];
        if (key !== undefined) {
          onPick(key);
        }
      }),
    [onPick, keys],
  );
  const saveCsv = () =>
    saveText(
      toCsv(
        columns.map((column) => column.title),
        rows.map((row) => row.raw),
      ),
      "text/csv;charset=utf-8",
      fileName([title, subject], "csv"),
    );
  const savePng = () => {
    if (chart.current) {
      const background = window.getComputedStyle(document.body).backgroundColor;
      const picture = chart.current.getDataURL({ pixelRatio: 2, backgroundColor: background });
      saveUrl(picture, fileName([title, subject], "png"));
    }
  };
  return (
    <Paper withBorder radius="lg" p="md" h="100%" component="section" aria-labelledby={id} className="panel">
      <Group justify="space-between" mb="xs" wrap="nowrap">
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        <Group gap={2} wrap="nowrap" className="no-print">
          {drawing && (
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
          )}
          <SaveMenu
            title={title}
            disabled={loading || empty}
            onCsv={saveCsv}
            onPng={asTable ? undefined : savePng}
          />
        </Group>
      </Group>
      {loading && <Skeleton h={height} />}
      {empty && (
        <Box mih={height}>
          <EmptyState
            icon={<IconChartLine size={22} />}
            title={t("chart.none")}
            text={t("chart.noneHint")}
          />
        </Box>
      )}
      {!loading && !empty && asTable && (
        <Twin columns={columns} rows={rows} height={height} label={id} onPick={onPick} />
      )}
      {!loading && !empty && !asTable && drawing && (
        <ChartCanvas
          option={drawing.option}
          height={drawing.height ?? height}
          says={drawing.says}
          onChart={keep}
          onPick={pick}
        />
      )}
      {!loading && !empty && note && (
        <Text size="xs" c="dimmed" mt={6}>
          {note}
        </Text>
      )}
    </Paper>
  );
}

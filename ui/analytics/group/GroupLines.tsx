/* A line for each dealer, all in the same measure, so that they can be compared by eye. */
import { Group, Paper, SimpleGrid, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { GroupReport } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ChangeOf, DealerLink, GapsBadge } from "./GroupCells";
import { Line } from "./Line";
import { readSeries } from "./groupRange";
import "./group.css";

const LINE_HEIGHT = 96;

export function GroupLines({ report, compared }: { report: GroupReport; compared: boolean }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const all = report.items.map((row) => ({ row, series: readSeries(row.series) }));
  const top = Math.max(1, ...all.flatMap(({ series }) => series));
  return (
    <>
      <Text size="xs" c="dimmed" mb="xs">
        {t("group.sameScale", { max: format.count(top) })} · {format.window(report.series_from, report.to)}
      </Text>
      <SimpleGrid component="ul" cols={{ base: 1, xs: 2, md: 3, xl: 4 }} m={0} p={0} style={{ listStyle: "none" }}>
        {all.map(({ row, series }) => (
          <Paper component="li" key={row.dealer_id} withBorder radius="md" p="sm" data-dealer={row.dealer_id}>
            <Group justify="space-between" align="flex-start" wrap="nowrap" mb="xs" gap="xs">
              <DealerLink row={row} />
              <div style={{ textAlign: "right" }}>
                <Text fw={650} fz="lg" lh={1.2} className="figures">
                  {format.count(row.total)}
                </Text>
                {compared && <ChangeOf row={row} />}
              </div>
            </Group>
            <Line series={series} height={LINE_HEIGHT} top={top} wide />
            <Group justify="space-between" mt="xs" gap="xs">
              <Text size="xs" c="dimmed">
                {t("group.seriesSays", {
                  max: format.count(Math.max(0, ...series)),
                  last: format.count(series[series.length - 1] ?? 0),
                })}
              </Text>
              <GapsBadge row={row} />
            </Group>
          </Paper>
        ))}
      </SimpleGrid>
    </>
  );
}

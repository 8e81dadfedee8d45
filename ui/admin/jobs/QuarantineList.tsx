/* Records of a job that could not be stored: why, and in which field. Their content stays private. */
import { Code, Stack, Table, Text } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Job } from "@shared/api/types";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { LoadMore } from "@shared/widgets/LoadMore";
import { Moment } from "@shared/widgets/Moment";
import { ScrollTable, TableSkeleton } from "@shared/widgets/ScrollTable";
import { useQuarantine } from "./useJobs";

export function QuarantineList({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const query = useQuarantine(job.id);
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isPending) {
    return <TableSkeleton rows={3} />;
  }
  if (query.isError && !query.data) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (rows.length === 0) {
    return (
      <EmptyState
        icon={<IconShieldCheck size={22} />}
        title={t("quarantine.none")}
        text={t("quarantine.noneHint")}
      />
    );
  }
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t("quarantine.hint")}
      </Text>
      <ScrollTable label={t("quarantine.title")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("quarantine.reason")}</Table.Th>
            <Table.Th>{t("quarantine.field")}</Table.Th>
            <Table.Th>{t("quarantine.dealer")}</Table.Th>
            <Table.Th>{t("quarantine.task")}</Table.Th>
            <Table.Th>{t("quarantine.when")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={`${row.dealer_id}-${row.id}`}>
              <Table.Td>
                <Code>{row.reason}</Code>
              </Table.Td>
              <Table.Td>{row.field ? <Code>{row.field}</Code> : "–"}</Table.Td>
              <Table.Td>{row.dealer_id}</Table.Td>
              <Table.Td>{row.task_id}</Table.Td>
              <Table.Td>
                <Moment at={row.created_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      <LoadMore
        shown={query.hasNextPage}
        busy={query.isFetchingNextPage}
        onMore={() => void query.fetchNextPage()}
      />
    </Stack>
  );
}

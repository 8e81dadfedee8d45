/* The processes of the system: which ones there are, whether they are well, what they miss. */
import { Paper, Stack, Table, Text } from "@mantine/core";
import { IconActivityHeartbeat } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { apiGet } from "@shared/api/client";
import type { ServiceProcess } from "@shared/api/types";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { Moment } from "@shared/widgets/Moment";
import { PageTitle } from "@shared/widgets/PageTitle";
import { ScrollTable, TableSkeleton } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";

const POLL_MS = 5_000;

const COLOURS: Record<ServiceProcess["state"], string> = {
  starting: "blue",
  ready: "teal",
  degraded: "yellow",
  draining: "grape",
  gone: "red",
};

function Needs({ process }: { process: ServiceProcess }) {
  const { t } = useTranslation("admin");
  const missing = (process.needs ?? []).filter((need) => !need.ready);
  if (missing.length === 0) {
    return null;
  }
  return (
    <Text size="xs" c="dimmed">
      {t("service.misses", {
        list: missing.map((need) => [need.name, need.detail].filter(Boolean).join(": ")).join("; "),
      })}
    </Text>
  );
}

function Row({ process }: { process: ServiceProcess }) {
  const { t } = useTranslation("admin");
  return (
    <Table.Tr data-service={process.name}>
      <Table.Td>
        <Text size="sm" fw={600}>
          {process.name}
        </Text>
        <Text size="xs" c="dimmed">
          {process.service}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge
          colour={COLOURS[process.state] ?? "gray"}
          text={t(`service.${process.state}`)}
          state={process.state}
        />
        <Needs process={process} />
      </Table.Td>
      <Table.Td>{process.seen_at ? <Moment at={process.seen_at} /> : "–"}</Table.Td>
      <Table.Td>
        <Moment at={process.started} />
      </Table.Td>
      <Table.Td>{process.version}</Table.Td>
      <Table.Td ta="right">{process.pid}</Table.Td>
      <Table.Td>
        <Text size="xs" ff="monospace" style={{ whiteSpace: "nowrap" }}>
          {process.endpoint}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

export default function ServicesPage() {
  const { t } = useTranslation("admin");
  const query = useQuery({
    queryKey: ["services"],
    queryFn: ({ signal }) => apiGet("/api/v1/services", { signal }),
    refetchInterval: POLL_MS,
  });
  const items = query.data?.items ?? [];
  return (
    <Stack gap="md" maw={1280} mx="auto">
      <PageTitle title={t("service.title")} text={t("service.subtitle")} />
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      <Paper withBorder radius="lg" p="md">
        {query.isPending && <TableSkeleton rows={7} />}
        {query.data && items.length === 0 && (
          <EmptyState icon={<IconActivityHeartbeat size={22} />} title={t("service.none")} />
        )}
        {items.length > 0 && (
          <ScrollTable label={t("service.title")}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("service.process")}</Table.Th>
                <Table.Th>{t("service.state")}</Table.Th>
                <Table.Th>{t("service.seen")}</Table.Th>
                <Table.Th>{t("service.started")}</Table.Th>
                <Table.Th>{t("service.version")}</Table.Th>
                <Table.Th ta="right">{t("service.pid")}</Table.Th>
                <Table.Th>{t("service.endpoint")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((process) => (
                <Row key={process.instance} process={process} />
              ))}
            </Table.Tbody>
          </ScrollTable>
        )}
      </Paper>
    </Stack>
  );
}

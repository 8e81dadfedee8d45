/*
 * What the system stands on and is made of: PostgreSQL, Redis, the upstreams, and the processes: whether they are
 * well, what they miss. A process can be drained.
 */
import { Button, Paper, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconActivityHeartbeat } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ServiceProcess } from "@shared/api/types";
import { useMay } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { Moment } from "@shared/widgets/Moment";
import { PageTitle } from "@shared/widgets/PageTitle";
import { ScrollTable, TableSkeleton } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";
import { DrainQuestion } from "./DrainQuestion";
import { Foundations } from "./Foundations";
import { useUpstreams } from "../dealers/useDealers";
import { useProcesses, useStorage } from "./useServices";
import "../manage/texts";

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

function Row({ process, onDrain }: { process: ServiceProcess; onDrain: (() => void) | undefined }) {
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
      <Table.Td visibleFrom="sm">{process.seen_at ? <Moment at={process.seen_at} /> : "–"}</Table.Td>
      <Table.Td visibleFrom="sm">
        <Moment at={process.started} />
      </Table.Td>
      <Table.Td visibleFrom="md">{process.version}</Table.Td>
      <Table.Td visibleFrom="md" ta="right">
        {process.pid}
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <Text size="xs" ff="monospace" style={{ overflowWrap: "anywhere" }}>
          {process.endpoint}
        </Text>
      </Table.Td>
      {onDrain && (
        <Table.Td ta="right">
          <Button
            size="compact-xs"
            variant="default"
            onClick={onDrain}
            disabled={process.state === "draining" || process.state === "gone"}
            aria-label={t("service.drainOf", { name: process.name })}
          >
            {t("service.drain")}
          </Button>
        </Table.Td>
      )}
    </Table.Tr>
  );
}

function ProcessTable({ items, onDrain }: { items: ServiceProcess[]; onDrain: ((process: ServiceProcess) => void) | undefined }) {
  const { t } = useTranslation("admin");
  return (
    <ScrollTable label={t("service.processes")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("service.process")}</Table.Th>
          <Table.Th>{t("service.state")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("service.seen")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("service.started")}</Table.Th>
          <Table.Th visibleFrom="md">{t("service.version")}</Table.Th>
          <Table.Th visibleFrom="md" ta="right">
            {t("service.pid")}
          </Table.Th>
          <Table.Th visibleFrom="lg">{t("service.endpoint")}</Table.Th>
          {onDrain && (
            <Table.Th>
              <VisuallyHidden>{t("service.drain")}</VisuallyHidden>
            </Table.Th>
          )}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {items.map((process) => (
          <Row
            key={process.instance}
            process={process}
            onDrain={onDrain && (() => onDrain(process))}
          />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

interface Part {
  isError: boolean;
  error: unknown;
  data: unknown;
  refetch: () => unknown;
}

/** One notice for all parts of the page that could not be read, since they mostly fail by the same fault. */
function Silence({ parts }: { parts: Part[] }) {
  const silent = parts.filter((part) => part.isError && !part.data);
  const [first] = silent;
  return first && <ErrorNotice error={first.error} onRetry={() => silent.forEach((part) => void part.refetch())} />;
}

export default function ServicesPage() {
  const { t } = useTranslation("admin");
  const query = useProcesses();
  const mayDrain = useMay()("admin", true);
  const [draining, setDraining] = useState<ServiceProcess>();
  const items = query.data?.items ?? [];
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle title={t("service.title")} text={t("service.subtitle")} />
      <Silence parts={[query, useStorage(), useUpstreams()]} />
      <Foundations />
      {(query.isPending || query.data) && (
        <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="processes">
          <Title order={2} size="h4" mb="xs" id="processes">
            {t("service.processes")}
          </Title>
          {query.isPending && <TableSkeleton rows={7} />}
          {query.data && items.length === 0 && (
            <EmptyState icon={<IconActivityHeartbeat size={22} />} title={t("service.none")} />
          )}
          {items.length > 0 && (
            <ProcessTable items={items} onDrain={mayDrain ? setDraining : undefined} />
          )}
        </Paper>
      )}
      <DrainQuestion subject={draining} onClose={() => setDraining(undefined)} />
    </Stack>
  );
}

/* How old each dealer's data may become, how old they are, and why some are too old. */
import { ActionIcon, Anchor, Button, Group, Menu, Paper, Stack, Table, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconClockCheck, IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer, Freshness } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useRights } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { toastDone } from "@shared/widgets/toast";
import { useFeeds } from "../jobs/feeds";
import { useFaultToast } from "../jobs/useFaultToast";
import { useClearFreshness, useFreshness } from "./useSchedules";

const FreshnessModal = lazy(() => import("./FreshnessModal"));

const COLOURS = { fresh: "teal", due: "blue", stale: "red", off: "gray" } as const;
const REASONS = [
  "never_fetched",
  "paused",
  "credential",
  "blocked",
  "breaker",
  "quota",
  "dealer",
  "failing",
  "late",
] as const;

function RowMenu({ target, name, onEdit }: { target: Freshness; name: string; onEdit: () => void }) {
  const { t } = useTranslation("admin");
  const toastFault = useFaultToast();
  const clear = useClearFreshness();
  const remove = () =>
    clear.mutate(
      { dealer: target.dealer_id, feed: target.feed },
      { onSuccess: () => toastDone(t("freshness.removed", { name })), onError: toastFault },
    );
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          loading={clear.isPending}
          aria-label={t("dealer.actions", { name })}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={onEdit}>
          {t("dealer.edit")}
        </Menu.Item>
        <Menu.Item color="red.8" leftSection={<IconTrash size={16} aria-hidden />} onClick={remove}>
          {t("freshness.remove")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function State({ target }: { target: Freshness }) {
  const { t } = useTranslation("admin");
  const reason = REASONS.find((one) => one === target.reason);
  return (
    <Stack gap={2} align="flex-start">
      <StateBadge colour={COLOURS[target.state]} text={t(`freshness.state.${target.state}`)} state={target.state} />
      {target.state === "stale" && reason && (
        <Text size="xs" c="dimmed">
          {t(`freshness.reasons.${reason}`)}
        </Text>
      )}
      {target.last_job_id && (
        <Anchor href={buildHash(`/jobs/${target.last_job_id}`)} size="xs">
          {t("schedule.lastJob")}
        </Anchor>
      )}
    </Stack>
  );
}

interface RowProps {
  target: Freshness;
  name: string;
  mayEdit: boolean;
  onEdit: () => void;
}

function Row({ target, name, mayEdit, onEdit }: RowProps) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const feeds = useFeeds();
  const limit = t("freshness.atMost", { time: format.duration(target.minutes * 60) });
  const age =
    target.age_minutes === undefined ? t("freshness.noData") : format.duration(target.age_minutes * 60);
  return (
    <Table.Tr data-freshness={target.dealer_id}>
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {feeds.name(target.feed)} · {limit}
        </Text>
        <Text size="xs" hiddenFrom="xs">
          {t("freshness.ageOf", { time: age })}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="xs" className="figures">
        {age}
      </Table.Td>
      <Table.Td>
        <State target={target} />
      </Table.Td>
      {mayEdit && (
        <Table.Td ta="right">
          <RowMenu target={target} name={name} onEdit={onEdit} />
        </Table.Td>
      )}
    </Table.Tr>
  );
}

interface TargetsProps {
  targets: Freshness[];
  byCode: Map<string, Dealer>;
  mayEdit: boolean;
  onEdit: (target: Freshness) => void;
}

function Targets({ targets, byCode, mayEdit, onEdit }: TargetsProps) {
  const { t } = useTranslation("admin");
  return (
    <Table highlightOnHover aria-label={t("freshness.title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("dealer.dealer")}</Table.Th>
          <Table.Th visibleFrom="xs">{t("freshness.age")}</Table.Th>
          <Table.Th>{t("job.state")}</Table.Th>
          {mayEdit && (
            <Table.Th>
              <VisuallyHidden>{t("dealer.actionsColumn")}</VisuallyHidden>
            </Table.Th>
          )}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {targets.map((target) => (
          <Row
            key={`${target.dealer_id} ${target.feed}`}
            target={target}
            name={byCode.get(target.dealer_id)?.dealer_name ?? target.dealer_id}
            mayEdit={mayEdit}
            onEdit={() => onEdit(target)}
          />
        ))}
      </Table.Tbody>
    </Table>
  );
}

export function FreshnessList({ byCode }: { byCode: Map<string, Dealer> }) {
  const { t } = useTranslation("admin");
  const { operate } = useRights();
  const query = useFreshness();
  const [editing, setEditing] = useState<Freshness | "new">();
  const targets = query.data?.items ?? [];
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="freshness">
      <Group justify="space-between" mb="sm" gap="sm">
        <Stack gap={2}>
          <Title order={2} size="h4" id="freshness">
            {t("freshness.title")}
          </Title>
          <Text size="sm" c="dimmed">
            {t("freshness.subtitle")}
          </Text>
        </Stack>
        {operate && (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => setEditing("new")}
          >
            {t("freshness.add")}
          </Button>
        )}
      </Group>
      {query.isPending && <TableSkeleton rows={3} />}
      {query.isError && !query.data && (
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.data && targets.length === 0 && (
        <EmptyState
          icon={<IconClockCheck size={22} />}
          title={t("freshness.none")}
          text={t("freshness.noneHint")}
        />
      )}
      {targets.length > 0 && (
        <Targets targets={targets} byCode={byCode} mayEdit={operate} onEdit={setEditing} />
      )}
      <WhenNeeded subject={editing}>
        <FreshnessModal subject={editing} onClose={() => setEditing(undefined)} />
      </WhenNeeded>
    </Paper>
  );
}

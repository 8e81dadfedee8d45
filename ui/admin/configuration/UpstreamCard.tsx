/* An upstream: where it is, how it is called, what holds its calls up at present. */
import { Alert, Badge, Box, Button, Group, Paper, Progress, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconPencil, IconRefresh } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Upstream, UpstreamState } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { useMay } from "@shared/session/useMay";
import { ConfirmModal } from "@shared/widgets/ConfirmModal";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";
import { StateBadge } from "@shared/widgets/StateBadge";
import { toastDone } from "@shared/widgets/toast";
import { useResetUpstream, useUnflag, useUpstreamState } from "./useConfiguration";

const BREAKER = { closed: "teal", half_open: "yellow", open: "red" } as const;
type Credential = NonNullable<UpstreamState["credentials"]>[number];

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Box>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm" fw={500} component="div" className="figures">
        {children}
      </Text>
    </Box>
  );
}

function CredentialLine({ credential }: { credential: Credential }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const unflag = useUnflag();
  const whole = credential.quota_left === undefined ? undefined : credential.quota_used + credential.quota_left;
  const held = credential.flagged_at
    ? t("upstream.flagged", { when: format.moment(credential.flagged_at), text: credential.flag_text ?? "" })
    : credential.blocked_until
      ? t("upstream.blocked", { when: format.moment(credential.blocked_until) })
      : undefined;
  return (
    <Box data-credential={credential.id}>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {t("upstream.credentialOf", { list: (credential.dealer_ids ?? []).join(", ") || "–" })}
        </Text>
        <Text size="sm" className="figures">
          {whole === undefined
            ? t("upstream.callsToday", { count: credential.quota_used, n: format.count(credential.quota_used) })
            : t("upstream.quotaUsed", { used: format.count(credential.quota_used), whole: format.count(whole) })}
        </Text>
      </Group>
      {whole !== undefined && whole > 0 && (
        <Progress
          value={(100 * credential.quota_used) / whole}
          color={credential.quota_left === 0 ? "red" : undefined}
          size="sm"
          mt={4}
          aria-hidden
        />
      )}
      {credential.paused && (
        <Text size="xs" c="dimmed">
          {t("upstream.paused")}
        </Text>
      )}
      {held && (
        <Alert color="orange" variant="light" mt="xs">
          <Group justify="space-between" gap="xs">
            <Text size="sm">{held}</Text>
            <Button
              size="compact-xs"
              variant="default"
              loading={unflag.isPending}
              onClick={() => unflag.mutate(credential.id)}
            >
              {t("upstream.unflag")}
            </Button>
          </Group>
        </Alert>
      )}
      {unflag.error && <ErrorNotice error={unflag.error} />}
    </Box>
  );
}

function State({ state }: { state: UpstreamState }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const seconds = (state.skew_ms ?? 0) / 1000;
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 2, xs: 4 }} spacing="sm">
        <Fact label={t("upstream.inFlight")}>
          {format.count(state.in_flight)} / {format.count(state.concurrency)}
        </Fact>
        <Fact label={t("upstream.queued")}>{format.count(state.queued)}</Fact>
        <Fact label={t("upstream.failures")}>{format.count(state.failures)}</Fact>
        <Fact label={t("upstream.skew")}>
          {state.skew_ms === undefined ? "–" : `${seconds > 0 ? "+" : "-"}${format.duration(Math.abs(seconds))}`}
        </Fact>
        {state.tokens !== undefined && (
          <Fact label={t("upstream.tokens")}>
            {format.count(state.tokens)} / {format.count(state.burst ?? state.tokens)}
          </Fact>
        )}
      </SimpleGrid>
      {(state.credentials ?? []).map((credential) => (
        <CredentialLine key={credential.id} credential={credential} />
      ))}
    </Stack>
  );
}

function Words({ upstream }: { upstream: Upstream }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const words = [
    upstream.zone,
    upstream.quota ? t("upstream.quotaIs", { n: format.count(upstream.quota) }) : t("upstream.noQuota"),
    t("upstream.historyIs", { n: format.count(upstream.history_days) }),
    t("upstream.waitIs", { s: format.duration(upstream.total_timeout_ms / 1000) }),
  ];
  return (
    <Text size="sm" c="dimmed">
      {words.join(" · ")}
    </Text>
  );
}

export function UpstreamCard({ upstream, onEdit }: { upstream: Upstream; onEdit: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const may = useMay();
  const [asked, setAsked] = useState(false);
  const reset = useResetUpstream();
  const state = useUpstreamState(upstream.name, may("operator", true));
  const told = state.data;
  const confirm = () =>
    reset.mutate(upstream.name, {
      onSuccess: () => {
        toastDone(t("upstream.resetDone", { name: upstream.name }));
        setAsked(false);
      },
    });
  return (
    <Paper withBorder radius="lg" p="md" component="section" data-upstream={upstream.name} aria-label={upstream.name}>
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Group gap="xs">
            <Title order={2} size="h4">
              {upstream.name}
            </Title>
            {upstream.simulated && <SimulatedBadge />}
            {told && (
              <StateBadge
                colour={BREAKER[told.breaker]}
                text={t(`upstream.breaker.${told.breaker}`)}
                state={told.breaker}
              />
            )}
            {told?.paused && <Badge variant="light" color="gray" radius="sm" tt="none">{t("upstream.paused")}</Badge>}
          </Group>
          <Group gap="xs">
            {told && (told.breaker !== "closed" || told.failures > 0) && (
              <Button
                size="xs"
                variant="default"
                leftSection={<IconRefresh size={14} aria-hidden />}
                onClick={() => setAsked(true)}
              >
                {t("upstream.reset")}
              </Button>
            )}
            {may("admin", true) && (
              <Button
                size="xs"
                variant="default"
                leftSection={<IconPencil size={14} aria-hidden />}
                onClick={onEdit}
                aria-label={t("upstream.editTitle", { name: upstream.name })}
              >
                {t("dealer.edit")}
              </Button>
            )}
          </Group>
        </Group>
        <Box>
          <Text size="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>
            {upstream.base_url}
          </Text>
          <Words upstream={upstream} />
          {upstream.changed_by && upstream.changed_at && (
            <Text size="xs" c="dimmed">
              {t("setting.changed", { who: upstream.changed_by, when: format.moment(upstream.changed_at) })}
            </Text>
          )}
        </Box>
        {state.isError && <ErrorNotice error={state.error} onRetry={() => void state.refetch()} />}
        {told && <State state={told} />}
      </Stack>
      <ConfirmModal
        opened={asked}
        title={t("upstream.resetTitle", { name: upstream.name })}
        text={t("upstream.resetText")}
        action={t("upstream.reset")}
        busy={reset.isPending}
        error={reset.error}
        onConfirm={confirm}
        onClose={() => setAsked(false)}
      />
    </Paper>
  );
}

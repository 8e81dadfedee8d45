/* What the system stands on: PostgreSQL, Redis and the upstreams, each with a check of its own. */
import { Box, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCloud, IconDatabase, IconStack2 } from "@tabler/icons-react";
import { lazy, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer, Storage, Upstream } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { useMay } from "@shared/session/useMay";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { useUpstreamState } from "../configuration/useConfiguration";
import { useAllDealers, useUpstreams } from "../dealers/useDealers";
import { useCheckStorage, useStorage } from "./useServices";

const TestModal = lazy(() => import("../dealers/TestModal"));

interface LineProps {
  id: string;
  icon: ReactNode;
  name: ReactNode;
  note: ReactNode;
  state: ReactNode;
  check: ReactNode;
}

function Line({ id, icon, name, note, state, check }: LineProps) {
  return (
    <Group justify="space-between" gap="sm" data-foundation={id} py={6}>
      <Group gap="sm" wrap="nowrap" style={{ flex: "1 1 200px" }} miw={0}>
        <Box style={{ flexShrink: 0, display: "flex" }}>{icon}</Box>
        <Stack gap={0} miw={0}>
          <Group gap="xs">{name}</Group>
          <Text size="xs" c="dimmed" component="div" style={{ overflowWrap: "anywhere" }}>
            {note}
          </Text>
        </Stack>
      </Group>
      <Group gap="sm">
        {state}
        {check}
      </Group>
    </Group>
  );
}

function StorageLine({ storage }: { storage: Storage }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const check = useCheckStorage();
  const name = t(`storage.${storage.name}`);
  const Icon = storage.name === "postgresql" ? IconDatabase : IconStack2;
  return (
    <>
      <Line
        id={storage.name}
        icon={<Icon size={20} aria-hidden />}
        name={
          <Text size="sm" fw={600}>
            {name}
          </Text>
        }
        note={
          check.isSuccess && check.data
            ? t(check.data.ready ? "storage.answered" : "storage.silent", {
                time: format.duration(Math.max(check.data.ms, 1) / 1000),
              })
            : t(`storage.use.${storage.name}`)
        }
        state={
          <StateBadge
            colour={storage.ready ? "teal" : "red"}
            text={t(storage.ready ? "storage.ready" : "storage.away")}
            state={storage.ready ? "ready" : "away"}
          />
        }
        check={
          <Button
            size="compact-sm"
            variant="default"
            loading={check.isPending}
            onClick={() => check.mutate(storage.name)}
            aria-label={t("storage.checkOf", { name })}
          >
            {t("storage.check")}
          </Button>
        }
      />
      {check.error && <ErrorNotice error={check.error} />}
    </>
  );
}

const BREAKER = { closed: "teal", half_open: "yellow", open: "red" } as const;

/** An upstream answers calls of dealers alone: its check is the connection test of one of them. */
function UpstreamLine({ upstream, dealer, onTest }: { upstream: Upstream; dealer: Dealer | undefined; onTest: (dealer: Dealer) => void }) {
  const { t } = useTranslation("admin");
  const state = useUpstreamState(upstream.name, useMay()("operator", true)).data;
  return (
    <Line
      id={upstream.name}
      icon={<IconCloud size={20} aria-hidden />}
      name={
        <>
          <Text size="sm" fw={600}>
            {upstream.name}
          </Text>
          {upstream.simulated && <SimulatedBadge />}
        </>
      }
      note={dealer ? upstream.base_url : t("storage.noDealer")}
      state={
        state && (
          <StateBadge
            colour={BREAKER[state.breaker]}
            text={t(`upstream.breaker.${state.breaker}`)}
            state={state.breaker}
          />
        )
      }
      check={
        <Button
          size="compact-sm"
          variant="default"
          disabled={!dealer}
          onClick={() => dealer && onTest(dealer)}
          aria-label={t("storage.checkOf", { name: upstream.name })}
        >
          {t("storage.check")}
        </Button>
      }
    />
  );
}

export function Foundations() {
  const { t } = useTranslation("admin");
  const storage = useStorage();
  const upstreams = useUpstreams();
  const { dealers } = useAllDealers();
  const [testing, setTesting] = useState<Dealer>();
  const dealerOf = (name: string) =>
    dealers.find((dealer) => dealer.upstream === name && dealer.has_credential && dealer.is_active);
  if (storage.isError && !storage.data && upstreams.isError && !upstreams.data) {
    return null;
  }
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-labelledby="foundations">
      <Title order={2} size="h4" mb="xs" id="foundations">
        {t("storage.title")}
      </Title>
      {storage.isPending && <TableSkeleton rows={2} />}
      {(storage.data ?? []).map((one) => (
        <StorageLine key={one.name} storage={one} />
      ))}
      {(upstreams.data?.items ?? []).map((upstream) => (
        <UpstreamLine
          key={upstream.name}
          upstream={upstream}
          dealer={dealerOf(upstream.name)}
          onTest={setTesting}
        />
      ))}
      <WhenNeeded subject={testing}>
        <TestModal subject={testing} onClose={() => setTesting(undefined)} />
      </WhenNeeded>
    </Paper>
  );
}

/* Small shared pieces of the job pages: state, dealers and duration of a job in words. */
import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer, Job } from "@shared/api/types";
import { secondsBetween } from "@shared/format/days";
import { useFormat, useNow } from "@shared/format/useFormat";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";
import { StateBadge } from "@shared/widgets/StateBadge";
import { STATE_COLOURS } from "./progress";

const WORDS = [
  "queued",
  "running",
  "leased",
  "succeeded",
  "partial",
  "failed",
  "lost",
  "released",
  "cancelled",
] as const;

export function JobStateBadge({ state }: { state: string }) {
  const { t } = useTranslation("admin");
  const known = WORDS.find((word) => word === state);
  return (
    <StateBadge
      colour={STATE_COLOURS[state] ?? "gray"}
      text={known ? t(`state.${known}`) : state}
      state={state}
    />
  );
}

interface DealersProps {
  job: Job;
  byCode: Map<string, Dealer>;
}

export function JobDealers({ job, byCode }: DealersProps) {
  const { t } = useTranslation("admin");
  const first = job.dealer_ids[0];
  const name = first === undefined ? "–" : (byCode.get(first)?.dealer_name ?? first);
  const simulated = job.dealer_ids.some((code) => byCode.get(code)?.simulated);
  return (
    <Group gap="xs" wrap="wrap">
      <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
        {job.dealer_ids.length > 1
          ? t("job.dealersMore", { name, count: job.dealer_ids.length - 1 })
          : name}
      </Text>
      {simulated && <SimulatedBadge />}
    </Group>
  );
}

/** From start to end; still counting while the job is open. */
export function Duration({ from, to }: { from: string | undefined; to: string | undefined }) {
  const now = useNow(1_000);
  const format = useFormat();
  return from === undefined ? "–" : format.duration(secondsBetween(from, to, now));
}

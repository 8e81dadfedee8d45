/* Why records were set aside, as bars; a click shows those of one reason. */
import { Box, Group, Paper, Progress, Stack, Text, UnstyledButton } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useErrorMeanings } from "@shared/api/errorMeanings";
import type { QuarantineCount } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";

interface Props {
  counts: QuarantineCount[];
  chosen: { feed?: string | undefined; reason?: string | undefined };
  onChoose: (feed: string | undefined, reason: string | undefined) => void;
}

function Bar({ count, most, on, onClick }: { count: QuarantineCount; most: number; on: boolean; onClick: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const meaning = useErrorMeanings().data?.get(count.reason);
  return (
    <UnstyledButton
      onClick={onClick}
      aria-pressed={on}
      data-reason={count.reason}
      p="xs"
      style={{
        borderRadius: "var(--mantine-radius-md)",
        background: on ? "var(--mantine-color-brand-light)" : undefined,
      }}
    >
      <Group justify="space-between" gap="sm" wrap="nowrap" align="baseline">
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {meaning?.cause ?? count.text}
        </Text>
        <Text size="sm" fw={600} className="figures">
          {format.count(count.open)}
        </Text>
      </Group>
      <Progress value={most ? (100 * count.open) / most : 0} size="sm" my={4} aria-hidden />
      <Text size="xs" c="dimmed">
        {[
          count.reason,
          count.feed,
          count.stored > 0 && t("aside.storedN", { n: format.count(count.stored) }),
          count.dismissed > 0 && t("aside.dismissedN", { n: format.count(count.dismissed) }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </Text>
    </UnstyledButton>
  );
}

export function ReasonBars({ counts, chosen, onChoose }: Props) {
  const { t } = useTranslation("admin");
  const most = Math.max(0, ...counts.map((count) => count.open));
  return (
    <Paper withBorder radius="lg" p="md" component="section" aria-label={t("aside.reasons")}>
      <Text fw={600} mb="xs">
        {t("aside.reasons")}
      </Text>
      <Stack gap={4}>
        {counts.map((count) => {
          const on = chosen.reason === count.reason && (!chosen.feed || chosen.feed === count.feed);
          return (
            <Bar
              key={`${count.feed} ${count.reason}`}
              count={count}
              most={most}
              on={on}
              onClick={() => (on ? onChoose(undefined, undefined) : onChoose(count.feed, count.reason))}
            />
          );
        })}
      </Stack>
      <Box mt={4}>
        <Text size="xs" c="dimmed">
          {t("aside.reasonsHint")}
        </Text>
      </Box>
    </Paper>
  );
}

/* What a test of a connection found, check by check; while it runs, the checks that are to come. */
import { Alert, Box, List, Loader, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ConnectionTest } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { StateBadge } from "@shared/widgets/StateBadge";

type Step = ConnectionTest["steps"][number];

const COLOURS: Record<Step["state"], string> = { ok: "teal", failed: "red", skipped: "gray" };
const STEPS = [
  "permission",
  "address",
  "dns",
  "connect",
  "tls",
  "clock",
  "authentication",
  "sample",
  "mapping",
] as const satisfies readonly Step["name"][];

function StepLine({ step }: { step: Step }) {
  const { t } = useTranslation("admin");
  return (
    <List.Item
      icon={
        <Box w={76}>
          <StateBadge colour={COLOURS[step.state]} text={t(`test.state.${step.state}`)} />
        </Box>
      }
      data-step={step.name}
      data-state={step.state}
    >
      <Text size="sm" fw={600} span>
        {t(`test.step.${step.name}`)}
      </Text>
      {step.ms !== undefined && (
        <Text size="xs" c="dimmed" span ml="xs">
          {t("test.ms", { ms: step.ms })}
        </Text>
      )}
      <Text size="sm">{step.text}</Text>
      {step.advice && (
        <Text size="sm" c="dimmed">
          {step.cause} {step.advice}
        </Text>
      )}
    </List.Item>
  );
}

/** One call makes all checks, so all of them wait for the same answer. */
export function ChecklistToCome() {
  const { t } = useTranslation("admin");
  return (
    <List spacing="xs" listStyleType="none" center aria-busy>
      {STEPS.map((name) => (
        <List.Item key={name} icon={<Loader size={14} aria-hidden />} data-step={name} data-state="running">
          <Text size="sm" c="dimmed">
            {t(`test.step.${name}`)}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}

export function Checklist({ found }: { found: ConnectionTest }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
    <Stack gap="sm">
      <Alert color={found.ok ? "teal" : "red"} variant="light" role="status">
        {t(found.ok ? "test.good" : "test.bad")}
      </Alert>
      <List spacing="xs" listStyleType="none" center={false}>
        {found.steps.map((step) => (
          <StepLine key={step.name} step={step} />
        ))}
      </List>
      {found.feeds.map((feed) => (
        <Text key={feed.feed} size="sm">
          {t("test.rows", {
            feed: feed.feed,
            day: format.day(feed.day),
            read: format.count(feed.rows_read),
            quarantined: format.count(feed.rows_quarantined),
          })}
        </Text>
      ))}
    </Stack>
  );
}

/*
 * Tests a dealer's connection: one live call with the stored credentials, check by check. It is
 * started by hand, because it counts in the quota.
 */
import { Alert, Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ConnectionTest, Dealer } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { StateBadge } from "@shared/widgets/StateBadge";
import { useKept } from "@shared/widgets/useKept";
import { useTestDealer } from "./useDealers";

interface Props {
  /** The dealer in question; nothing while closed. */
  subject: Dealer | undefined;
  onClose: () => void;
}

type Step = ConnectionTest["steps"][number];

const COLOURS: Record<Step["state"], string> = { ok: "teal", failed: "red", skipped: "gray" };

function StepLine({ step }: { step: Step }) {
  const { t } = useTranslation("admin");
  return (
    <List.Item
      icon={<StateBadge colour={COLOURS[step.state]} text={t(`test.state.${step.state}`)} />}
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

function Found({ found }: { found: ConnectionTest }) {
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

export default function TestModal({ subject, onClose }: Props) {
  const { t, i18n } = useTranslation("admin");
  const dealer = useKept(subject);
  const test = useTestDealer();
  const close = () => {
    test.reset();
    onClose();
  };
  const start = () => {
    if (dealer) {
      test.mutate({ code: dealer.dealer_id, lang: i18n.language === "id" ? "id" : "en" });
    }
  };
  return (
    <Modal
      opened={subject !== undefined}
      onClose={close}
      title={t("test.title", { name: dealer?.dealer_name ?? "" })}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <Stack gap="md">
        <Text size="sm">{t(test.isPending ? "test.running" : "test.intro")}</Text>
        {test.error && <ErrorNotice error={test.error} />}
        {test.data && !test.isPending && <Found found={test.data} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("form.close")}
          </Button>
          <Button onClick={start} loading={test.isPending} data-autofocus>
            {t(test.data ? "test.again" : "test.start")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

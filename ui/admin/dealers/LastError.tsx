/*
 * Why a dealer's newest call failed, until one succeeds: the code at a glance; what it means, what can be done and
 * the job behind it where somebody asks. Loaded with the first dealer that has an error.
 */
import { Button, Group, Popover, Stack, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { Moment } from "@shared/widgets/Moment";
import { ErrorMeaning } from "../jobs/ErrorMeaning";
import { useFeeds } from "../jobs/feeds";

/** Readable on a light and on a dark row. */
const RED = "light-dark(var(--mantine-color-red-9), var(--mantine-color-red-4))";

function Why({ dealer, code }: { dealer: Dealer; code: string }) {
  const { t } = useTranslation("admin");
  const { params } = useRoute();
  const feeds = useFeeds();
  const job = dealer.error_job_id;
  return (
    <Stack gap="xs">
      <Group gap="xs" justify="space-between">
        <Text size="sm" fw={600}>
          {feeds.name(dealer.error_feed ?? "")}
        </Text>
        <Text size="xs" c="dimmed">
          {dealer.failed_at && <Moment at={dealer.failed_at} />}
        </Text>
      </Group>
      <Text size="xs" ff="monospace">
        {code}
      </Text>
      <ErrorMeaning code={code} />
      {job && (
        <Button
          component="a"
          size="xs"
          variant="default"
          href={buildHash(`/jobs/${job}`, params)}
          aria-label={t("dealer.errorJobOf", { name: dealer.dealer_name })}
        >
          {t("dealer.errorJob")}
        </Button>
      )}
    </Stack>
  );
}

export default function LastError({ dealer, code }: { dealer: Dealer; code: string }) {
  const { t } = useTranslation("admin");
  return (
    <Popover width={300} position="bottom-start" withArrow withinPortal trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton data-last-error={code}>
          <VisuallyHidden>{t("dealer.lastError")}</VisuallyHidden>
          <Group gap={6} wrap="nowrap" c={RED}>
            <IconAlertTriangle size={16} aria-hidden style={{ flexShrink: 0 }} />
            <Text size="sm" td="underline" style={{ overflowWrap: "anywhere" }}>
              {code.replace(/^.*\./, "")}
            </Text>
          </Group>
          <Text size="xs" c="dimmed">
            {dealer.failed_at && <Moment at={dealer.failed_at} />}
          </Text>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Why dealer={dealer} code={code} />
      </Popover.Dropdown>
    </Popover>
  );
}

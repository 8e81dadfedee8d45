/* What the error of a dealer's last call means, what can be done, and the job behind it. */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { Moment } from "@shared/widgets/Moment";
import { ErrorMeaning } from "../jobs/ErrorMeaning";
import { useFeeds } from "../jobs/feeds";

export default function ErrorWhy({ dealer, code }: { dealer: Dealer; code: string }) {
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

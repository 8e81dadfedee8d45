/*
 * Says so when the services answered from their last good state, so that the picture is older than it should be.
 * That they did not answer at all says the frame.
 */
import { Alert, Text } from "@mantine/core";
import { IconClockExclamation } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Stamp } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { useAway } from "@shared/shell/useOutage";

export function StaleBanner({ stamp }: { stamp: Stamp }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const away = useAway();
  if (!stamp.stale || away) {
    return null;
  }
  return (
    <Alert
      color="yellow"
      variant="light"
      className="stale-banner"
      icon={<IconClockExclamation aria-hidden />}
      title={t("stale.title")}
      role="status"
      data-stale="answer"
    >
      <Text size="sm">
        {t("stale.from", { when: format.moment(stamp.cached_at) })}{" "}
        {t("stale.database")} {t("stale.retry")}
      </Text>
    </Alert>
  );
}

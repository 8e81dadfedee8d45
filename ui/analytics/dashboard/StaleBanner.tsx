/*
 * Says so when the picture is older than it should be: the services answered from their last good
 * state, or did not answer at all. The picture itself stays.
 */
import { Alert, Text } from "@mantine/core";
import { IconClockExclamation } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Stamp } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { useErrorText } from "@shared/widgets/ErrorNotice";

export function StaleBanner({ stamp, error }: { stamp: Stamp; error: unknown }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const textOf = useErrorText();
  if (!stamp.stale && !error) {
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
      data-stale
    >
      <Text size="sm">
        {t("stale.from", { when: format.moment(stamp.cached_at) })}{" "}
        {error ? textOf(error) : t("stale.database")} {t("stale.retry")}
      </Text>
    </Alert>
  );
}

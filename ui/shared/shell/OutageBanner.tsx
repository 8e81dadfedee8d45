/* Says that what is shown may be old, why, and since when. One for a page, however much of it could not be read. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { useErrorMeanings } from "../api/errorMeanings";
import { withMeaning } from "../api/spoken";
import { useFormat } from "../format/useFormat";
import { ErrorTrace, useErrorText } from "../widgets/ErrorNotice";
import type { Outage } from "./useOutage";

/** What it means if that is known, else what was said. */
function Why({ error }: { error: unknown }) {
  const textOf = useErrorText();
  const meaning = useErrorMeanings().data?.get(error instanceof ApiError ? error.code : "");
  return withMeaning(textOf(error), meaning).at(-1);
}

export function OutageBanner({ outage: { offline, error, since, retry } }: { outage: Outage }) {
  const { t } = useTranslation("shared");
  const format = useFormat();
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={t(offline ? "outage.offline" : "outage.title")}
      role="status"
      data-stale={offline ? "offline" : "part"}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {t("outage.from", { when: format.moment(since) })}{" "}
          {offline ? (
            t("outage.offlineText")
          ) : (
            <>
              <Why error={error} /> {t("outage.retry")}
            </>
          )}
        </Text>
        {!offline && (
          <Group gap="sm">
            <Button size="compact-sm" variant="default" onClick={retry}>
              {t("error.retry")}
            </Button>
            <ErrorTrace error={error} />
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

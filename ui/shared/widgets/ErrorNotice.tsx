/*
 * A failed call: what happened, what to do, the code and request id for whoever looks into it.
 */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconRefresh } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { useErrorMeanings } from "../api/errorMeanings";
import { spokenError, withMeaning } from "../api/spoken";

interface Props {
  error: unknown;
  /** Reads again; without it something was done that did not work, and is done again by its own button. */
  onRetry?: () => void;
  /** Something was done, and `onRetry` leads to doing it again: what its button says. */
  undone?: string;
  busy?: boolean;
}

/** One sentence for people: what went wrong. */
export function useErrorText() {
  const { t } = useTranslation("shared");
  return (error: unknown): string => {
    if (!(error instanceof ApiError)) {
      return t("error.unknown");
    }
    if (error.code === "page.offline") {
      return t("error.offline");
    }
    if (error.code === "page.timeout") {
      return t("error.timeout");
    }
    return spokenError(error);
  };
}

/** For whoever looks into it: the code, and the request under which logs know it. */
export function ErrorTrace({ error }: { error: unknown }) {
  const { t } = useTranslation("shared");
  return error instanceof ApiError ? (
    <Group gap="xs">
      <Text size="xs">{t("error.code", { code: error.code })}</Text>
      {error.requestId && <Text size="xs">{t("error.request", { id: error.requestId })}</Text>}
    </Group>
  ) : null;
}

export function ErrorNotice({ error, onRetry, undone, busy = false }: Props) {
  const { t } = useTranslation("shared");
  const textOf = useErrorText();
  const text = textOf(error);
  const api = error instanceof ApiError ? error : undefined;
  const meaning = useErrorMeanings(api !== undefined).data?.get(api?.code ?? "");
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle aria-hidden />}
      title={t(onRetry && !undone ? "error.title" : "error.action")}
      role="alert"
      maw={560}
    >
      <Stack gap="sm" align="flex-start">
        {withMeaning(text, meaning).map((words) => (
          <Text key={words} size="sm">
            {words}
          </Text>
        ))}
        {api && api.status > 0 && text !== api.message && (
          <Text size="xs" c="dimmed" lang="en">
            {api.message}
          </Text>
        )}
        {onRetry && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={onRetry}
            loading={busy}
          >
            {undone ?? t("error.retry")}
          </Button>
        )}
        <ErrorTrace error={error} />
      </Stack>
    </Alert>
  );
}

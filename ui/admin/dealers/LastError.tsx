/*
 * Why a dealer's newest call failed, until one succeeds: the code at a glance; what it means where somebody asks.
 */
import { Group, Loader, Popover, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { Moment } from "@shared/widgets/Moment";

const ErrorWhy = lazy(() => import("./ErrorWhy"));

/** Readable on a light and on a dark row. */
const RED = "light-dark(var(--mantine-color-red-9), var(--mantine-color-red-4))";

export function LastError({ dealer }: { dealer: Dealer }) {
  const { t } = useTranslation("admin");
  const code = dealer.error_code;
  if (!code) {
    return (
      <Text size="sm" c="dimmed">
        {t("dealer.noError")}
      </Text>
    );
  }
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
        <Suspense fallback={<Loader size="sm" aria-hidden />}>
          <ErrorWhy dealer={dealer} code={code} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

/*
 * How fresh the picture is: the upstream's own last change, our last fetch, and when the answer
 * was computed. With it the refresh button.
 */
import { Anchor, Button, Group, Kbd, Text, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Stamp } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { Moment } from "@shared/widgets/Moment";
import { PageMenu } from "./PageMenu";

function Part({ label, hint, children }: { label: string; hint: string; children: ReactNode }) {
  return (
    <Text size="xs" c="dimmed" component="div">
      <Tooltip label={hint}>
        <span>{label}</span>
      </Tooltip>{" "}
      <Text span inherit c="var(--mantine-color-text)" fw={500}>
        {children}
      </Text>
    </Text>
  );
}

interface Props {
  stamp: Stamp | undefined;
  busy: boolean;
  onRefresh: () => void;
  /** Opens where the rows come from. */
  onOrigin: () => void;
}

export function StampLine({ stamp, busy, onRefresh, onOrigin }: Props) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  return (
    <Group justify="space-between" gap="xs" mih={30}>
      <Group gap="md" style={{ rowGap: 2 }} data-stamp>
        {stamp && (
          <>
            <Part label={t("stamp.asOf")} hint={t("stamp.asOfHint")}>
              {stamp.data_as_of ? format.moment(stamp.data_as_of) : t("stamp.never")}
            </Part>
            <Part label={t("stamp.fetched")} hint={t("stamp.fetchedHint")}>
              {stamp.fetched_at ? <Moment at={stamp.fetched_at} /> : t("stamp.never")}
            </Part>
            <Part label={t("stamp.cached")} hint={t("stamp.cachedHint")}>
              <Moment at={stamp.cached_at} />
            </Part>
            <Text size="xs" c="dimmed" data-zone={stamp.zone ?? ""}>
              {stamp.zone ? t("zone.of", { zone: stamp.zone }) : t("zone.each")}
            </Text>
            <Anchor component="button" type="button" size="xs" className="no-print" onClick={onOrigin}>
              {t("stamp.origin")}
            </Anchor>
          </>
        )}
      </Group>
      <Group gap="xs" className="no-print">
        <Tooltip
          label={
            <span>
              {t("refresh.hint")} <Kbd size="xs">r</Kbd>
            </span>
          }
        >
          <Button
            variant="default"
            size="xs"
            leftSection={<IconRefresh size={14} aria-hidden />}
            onClick={onRefresh}
            loading={busy}
            aria-keyshortcuts="r"
          >
            {t("refresh.label")}
          </Button>
        </Tooltip>
        <PageMenu />
      </Group>
    </Group>
  );
}

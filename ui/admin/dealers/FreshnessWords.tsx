/* How old a dealer's data are, and whether that is within its target. */
import { Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Freshness } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { Moment } from "@shared/widgets/Moment";
import { StateBadge } from "@shared/widgets/StateBadge";

const COLOURS: Record<Freshness["state"], string> = {
  fresh: "teal",
  due: "blue",
  stale: "orange",
  off: "gray",
};

export function FreshnessWords({ target }: { target: Freshness | undefined }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  if (!target) {
    return (
      <Text size="sm" c="dimmed">
        {t("fresh.none")}
      </Text>
    );
  }
  return (
    <>
      <Tooltip label={t("fresh.target", { time: format.duration(target.minutes * 60) })}>
        <span>
          <StateBadge
            colour={COLOURS[target.state]}
            text={t(`fresh.state.${target.state}`)}
            state={target.state}
          />
        </span>
      </Tooltip>
      {target.fetched_at && (
        <Text size="xs" c="dimmed">
          {t("fresh.asOf")} <Moment at={target.fetched_at} />
        </Text>
      )}
    </>
  );
}

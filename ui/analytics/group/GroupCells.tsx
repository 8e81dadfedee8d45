/* What the table and the lines of dealers have in common: the dealer's name, its change, its gaps. */
import { Anchor, Badge, Group, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { GroupRow } from "@shared/api/types";
import { writeParam } from "@shared/format/ranges";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";

/** What the dealer's own dashboard has no use for. */
const OWN = ["sort", "order", "view"];

export function DealerLink({ row }: { row: GroupRow }) {
  const { t } = useTranslation("analytics");
  const { params } = useRoute();
  const there = OWN.reduce((now, name) => writeParam(now, name, null), writeParam(params, "dealer", row.dealer_id));
  return (
    <div>
      <Anchor href={buildHash("/", there)} fw={600} style={{ overflowWrap: "anywhere" }}>
        {row.dealer_name}
      </Anchor>
      <Group gap={6}>
        <Text span size="xs" c="dimmed" className="figures">
          {row.dealer_id}
        </Text>
        {row.simulated && <SimulatedBadge />}
        {row.left_out && (
          <Tooltip label={t("group.leftOutHint")}>
            <Badge color="gray" variant="light" radius="sm" tt="none">
              {t("group.leftOut")}
            </Badge>
          </Tooltip>
        )}
        {!row.is_active && (
          <Badge color="gray" variant="light" radius="sm" tt="none">
            {t("group.inactive")}
          </Badge>
        )}
      </Group>
    </div>
  );
}

/** The change in per cent, and what there was before. */
export function ChangeOf({ row }: { row: GroupRow }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const rounded = row.change === undefined ? undefined : Math.round(row.change * 1000) / 10;
  const colour = rounded === undefined || rounded === 0 ? undefined : rounded > 0 ? "var(--change-up)" : "var(--change-down)";
  const arrow = rounded === undefined || rounded === 0 ? "" : rounded > 0 ? "▲ " : "▼ ";
  return (
    <div>
      <Text size="sm" fw={600} c={colour} style={{ whiteSpace: "nowrap" }}>
        {rounded === undefined ? "–" : `${arrow}${format.signed(rounded)}%`}
      </Text>
      {row.previous_total !== undefined && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {t("group.before", { n: format.count(row.previous_total) })}
        </Text>
      )}
    </div>
  );
}

export function GapsBadge({ row: { gaps, so_far: soFar } }: { row: GroupRow }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  if (gaps === undefined) {
    return (
      <Text size="sm" c="dimmed">
        {t("group.gapsUnknown")}
      </Text>
    );
  }
  return (
    <Badge color={gaps > 0 ? "yellow" : "teal"} variant="light" radius="sm" tt="none" miw="max-content">
      {gaps > 0 ? t("group.gapsOf", { count: gaps, n: format.count(gaps) }) : t(soFar ? "group.completeSoFar" : "group.complete")}
    </Badge>
  );
}

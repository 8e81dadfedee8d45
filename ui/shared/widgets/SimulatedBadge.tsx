/* Says that a dealer's data come from the built-in simulator and are nobody's. */
import { Badge, Tooltip } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

export function SimulatedBadge({ long = false }: { long?: boolean }) {
  const { t } = useTranslation("shared");
  return (
    <Tooltip label={t("simulated.hint")}>
      <Badge
        variant="light"
        className="badge-simulated"
        color="grape"
        radius="sm"
        tt="none"
        leftSection={<IconFlask size={12} aria-hidden />}
        style={{ flexShrink: 0 }}
      >
        {long ? t("simulated.long") : t("simulated.short")}
      </Badge>
    </Tooltip>
  );
}

/* Which dealers a user or key may see, in a few words. */
import { Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@shared/format/useFormat";
import type { Scope } from "./ScopeFields";

const FEW = 3;

export function ScopeWords({ scope }: { scope: Scope }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const { all_dealers: all, dealers } = scope;
  if (all || dealers.length <= FEW) {
    return (
      <Text size="sm" c={!all && dealers.length === 0 ? "dimmed" : undefined}>
        {all ? t("scope.all") : dealers.join(", ") || t("scope.none")}
      </Text>
    );
  }
  return (
    <Tooltip label={dealers.join(", ")}>
      <Text size="sm" tabIndex={0} span>
        {t("scope.count", { count: dealers.length, n: format.count(dealers.length) })}
      </Text>
    </Tooltip>
  );
}

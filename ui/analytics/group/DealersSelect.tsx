/* Which dealers a page shows; none chosen = all in sight. */
import { MultiSelect } from "@mantine/core";
import { IconBuildingStore } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { ReportDealer } from "@shared/api/types";

interface Props {
  dealers: ReportDealer[];
  value: string[];
  onChange: (codes: string[]) => void;
}

export function DealersSelect({ dealers, value, onChange }: Props) {
  const { t } = useTranslation("analytics");
  return (
    <MultiSelect
      label={t("group.dealers")}
      placeholder={value.length === 0 ? t("dealer.all") : undefined}
      leftSection={<IconBuildingStore size={16} aria-hidden />}
      data={dealers.map((one) => ({ value: one.dealer_id, label: `${one.dealer_name} (${one.dealer_id})` }))}
      value={value}
      onChange={onChange}
      nothingFoundMessage={t("dealer.none")}
      searchable
      hidePickedOptions
      styles={{ pill: { maxWidth: "100%" } }}
      w={{ base: "100%", sm: 360 }}
    />
  );
}

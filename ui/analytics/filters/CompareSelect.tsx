/* Whether each figure is compared with those of another time. Without a range there is nothing to compare with. */
import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { COMPARISONS, type Comparison } from "./useFilters";

const NONE = "none";

interface Props {
  value: Comparison | undefined;
  disabled: boolean;
  onChange: (compare: Comparison | undefined) => void;
}

export function CompareSelect({ value, disabled, onChange }: Props) {
  const { t } = useTranslation("analytics");
  return (
    <Select
      label={t("compare.label")}
      data={[NONE, ...COMPARISONS].map((one) => ({
        value: one,
        label: t(`compare.${one as typeof NONE | Comparison}`),
      }))}
      value={disabled ? NONE : (value ?? NONE)}
      onChange={(one) => onChange(COMPARISONS.find((known) => known === one))}
      allowDeselect={false}
      disabled={disabled}
      w={{ base: "100%", xs: 190 }}
    />
  );
}

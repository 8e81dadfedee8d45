/* Which dealers a user or key may see: all, or chosen ones. */
import { Input, MultiSelect, SegmentedControl, Stack } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useAllDealers } from "../dealers/useDealers";

export interface Scope {
  all_dealers: boolean;
  dealers: string[];
}

interface Props {
  scope: Scope;
  onChange: (scope: Scope) => void;
  error?: string | undefined;
}

export function ScopeFields({ scope, onChange, error }: Props) {
  const { t } = useTranslation("admin");
  const { dealers } = useAllDealers();
  const id = useId();
  return (
    <Stack gap="xs">
      <Input.Wrapper
        label={t("scope.label")}
        labelElement="div"
        labelProps={{ id }}
        error={scope.all_dealers ? error : undefined}
      >
        <SegmentedControl
          fullWidth
          mt={4}
          aria-labelledby={id}
          value={scope.all_dealers ? "all" : "chosen"}
          onChange={(value) => onChange({ ...scope, all_dealers: value === "all" })}
          data={[
            { value: "chosen", label: t("scope.chosen") },
            { value: "all", label: t("scope.all") },
          ]}
        />
      </Input.Wrapper>
      {!scope.all_dealers && (
        <MultiSelect
          aria-label={t("scope.chosen")}
          placeholder={scope.dealers.length === 0 ? t("scope.choose") : undefined}
          data={dealers.map((dealer) => ({
            value: dealer.dealer_id,
            label: `${dealer.dealer_name} (${dealer.dealer_id})`,
          }))}
          value={scope.dealers}
          onChange={(chosen) => onChange({ ...scope, dealers: chosen })}
          searchable
          hidePickedOptions
          nothingFoundMessage={t("scope.noneFound")}
          error={error}
        />
      )}
    </Stack>
  );
}

/** What of a scope is sent: the chosen dealers, or none with all. */
export function scopeMessage({ all_dealers, dealers }: Scope): Scope {
  return { all_dealers, dealers: all_dealers ? [] : dealers };
}

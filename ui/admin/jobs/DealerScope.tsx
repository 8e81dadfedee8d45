/*
 * Which dealers: chosen ones, or all that are active and have credentials. Who may see some dealers alone names them.
 */
import { Input, MultiSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import type { GetInputPropsReturnType } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { useRights } from "@shared/session/useMay";
import { useAllDealers } from "../dealers/useDealers";

interface Props {
  all: boolean;
  none: boolean;
  scopeProps: GetInputPropsReturnType;
  dealersProps: GetInputPropsReturnType;
}

export function DealerScope({ all, none, scopeProps, dealersProps }: Props) {
  const { t } = useTranslation("admin");
  const { whole } = useRights();
  const { dealers } = useAllDealers();
  const usable = dealers.filter((dealer) => dealer.is_active && dealer.has_credential);
  return (
    <Stack gap="xs">
      {whole && (
        <SegmentedControl
          fullWidth
          aria-label={t("run.dealers")}
          data={[
            { value: "chosen", label: t("run.chosen") },
            { value: "all", label: t("run.all") },
          ]}
          {...scopeProps}
        />
      )}
      {all ? (
        <Input.Wrapper error={dealersProps["error"]}>
          <Text size="sm" c="dimmed">
            {t("run.allHint", { count: usable.length })}
          </Text>
        </Input.Wrapper>
      ) : (
        <MultiSelect
          label={t("run.dealers")}
          placeholder={none ? t("run.choose") : undefined}
          data={usable.map((dealer) => ({
            value: dealer.dealer_id,
            label: `${dealer.dealer_name} (${dealer.dealer_id})`,
          }))}
          nothingFoundMessage={t("run.noneFound")}
          searchable
          hidePickedOptions
          required
          styles={{ pill: { maxWidth: "100%" } }}
          {...dealersProps}
        />
      )}
    </Stack>
  );
}

/* Choice of the dealer: search by code or name; simulated ones are marked in the list. */
import { Badge, Group, Select, Text, type ComboboxItem } from "@mantine/core";
import { IconBuildingStore } from "@tabler/icons-react";
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import type { ReportDealer } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";

interface Props {
  dealers: ReportDealer[];
  value: string | undefined;
  loading: boolean;
  onChange: (dealer: string | null) => void;
}

function Option({ dealer }: { dealer: ReportDealer }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs" w="100%">
      <div style={{ minWidth: 0 }}>
        <Text size="sm" truncate>
          {dealer.dealer_name}
        </Text>
        <Text size="xs" c="dimmed" className="figures">
          {dealer.dealer_id} · {t("dealer.total", { total: format.count(dealer.total) })}
        </Text>
      </div>
      <Group gap={4} wrap="nowrap">
        {!dealer.is_active && (
          <Badge color="gray" variant="light" radius="sm" tt="none">
            {t("dealer.inactive")}
          </Badge>
        )}
        {dealer.simulated && <SimulatedBadge />}
      </Group>
    </Group>
  );
}

/** What is typed next replaces the shown name, instead of going behind it. */
function selectText(event: SyntheticEvent<HTMLInputElement>) {
  event.currentTarget.select();
}

export function DealerSelect({ dealers, value, loading, onChange }: Props) {
  const { t } = useTranslation("analytics");
  const byId = new Map(dealers.map((dealer) => [dealer.dealer_id, dealer]));
  return (
    <Select
      label={t("dealer.label")}
      placeholder={loading ? t("dealer.loading") : t("dealer.placeholder")}
      leftSection={<IconBuildingStore size={16} aria-hidden />}
      data={dealers.map((dealer) => ({
        value: dealer.dealer_id,
        label: `${dealer.dealer_name} (${dealer.dealer_id})`,
      }))}
      value={value ?? null}
      onChange={onChange}
      onClick={selectText}
      onFocus={selectText}
      renderOption={({ option }: { option: ComboboxItem }) => {
        const dealer = byId.get(option.value);
        return dealer ? <Option dealer={dealer} /> : option.label;
      }}
      nothingFoundMessage={t("dealer.none")}
      searchable
      allowDeselect={false}
      maxDropdownHeight={360}
      w={{ base: "100%", sm: 320 }}
    />
  );
}

/*
 * Choice of the dealers: one, several, or all that one may see; search by code or name. Simulated ones are
 * marked in the list.
 */
import {
  ActionIcon,
  Badge,
  Group,
  Input,
  MultiSelect,
  Select,
  Text,
  Tooltip,
  type ComboboxItem,
} from "@mantine/core";
import { IconBuildingStore, IconStack2, IconStackPop } from "@tabler/icons-react";
import { useState, type SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import type { ReportDealer } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";
import { ALL_DEALERS } from "./useFilters";

interface Props {
  dealers: ReportDealer[];
  /** Codes, or ALL_DEALERS alone. */
  value: string[];
  loading: boolean;
  onChange: (dealers: string[]) => void;
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
  const [several, setSeveral] = useState(false);
  const many = several || value.length > 1;
  const byId = new Map(dealers.map((dealer) => [dealer.dealer_id, dealer]));
  const named = dealers.map((dealer) => ({
    value: dealer.dealer_id,
    label: `${dealer.dealer_name} (${dealer.dealer_id})`,
  }));
  const options = dealers.length > 1 ? [{ value: ALL_DEALERS, label: t("dealer.all") }, ...named] : named;
  const common = {
    "aria-label": t("dealer.label"),
    leftSection: <IconBuildingStore size={16} aria-hidden />,
    renderOption: ({ option }: { option: ComboboxItem }) => {
      const dealer = byId.get(option.value);
      return dealer ? <Option dealer={dealer} /> : option.label;
    },
    nothingFoundMessage: t("dealer.none"),
    searchable: true,
    maxDropdownHeight: 360,
    style: { flex: 1 },
    miw: 0,
  };
  const label = many ? t("dealer.one") : t("dealer.several");
  return (
    <Input.Wrapper label={t("dealer.label")} labelElement="div" w={{ base: "100%", sm: many ? 440 : 360 }}>
      <Group gap="xs" wrap="nowrap" align="flex-start">
        {many ? (
          <MultiSelect
            {...common}
            placeholder={value.length === 0 ? t("dealer.placeholder") : undefined}
            data={named}
            value={value.filter((code) => code !== ALL_DEALERS)}
            onChange={onChange}
            hidePickedOptions
          />
        ) : (
          <Select
            {...common}
            placeholder={loading ? t("dealer.loading") : t("dealer.placeholder")}
            data={options}
            // For a value that is no option the name of the one before would stay.
            value={options.find((option) => option.value === value[0])?.value ?? null}
            onChange={(code) => onChange(code ? [code] : [])}
            onClick={selectText}
            onFocus={selectText}
            allowDeselect={false}
          />
        )}
        {dealers.length > 1 && (
          <Tooltip label={label}>
            <ActionIcon
              variant="default"
              size={36}
              aria-label={label}
              aria-pressed={many}
              onClick={() => {
                setSeveral(!many);
                if (many) {
                  onChange(value.slice(0, 1));
                }
              }}
            >
              {many ? <IconStackPop size={18} aria-hidden /> : <IconStack2 size={18} aria-hidden />}
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
    </Input.Wrapper>
  );
}

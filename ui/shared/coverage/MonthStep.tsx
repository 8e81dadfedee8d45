/* The month that is shown, with steps to the one before and after. */
import { ActionIcon, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../format/useFormat";
import { addMonths, monthOf } from "./coverage";
import "./texts";

interface Props {
  month: string;
  today: string;
  onChange: (month: string) => void;
}

export function MonthStep({ month, today, onChange }: Props) {
  const { t } = useTranslation("shared");
  const { locale } = useFormat();
  const name = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
  return (
    <Group gap="xs" wrap="nowrap">
      <ActionIcon
        variant="default"
        aria-label={t("coverage.monthBefore")}
        onClick={() => onChange(addMonths(month, -1))}
      >
        <IconChevronLeft size={16} aria-hidden />
      </ActionIcon>
      <Text size="sm" fw={600} ta="center" miw={130} aria-live="polite" data-month={month}>
        {name}
      </Text>
      <ActionIcon
        variant="default"
        aria-label={t("coverage.monthAfter")}
        onClick={() => onChange(addMonths(month, 1))}
        disabled={month >= monthOf(today)}
      >
        <IconChevronRight size={16} aria-hidden />
      </ActionIcon>
    </Group>
  );
}

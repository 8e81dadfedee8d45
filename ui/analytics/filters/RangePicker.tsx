/*
 * Date range: presets, and two calendars for a range of one's own, which are loaded when opened.
 */
import { Box, Button, Group, Input, Popover, SegmentedControl, Select } from "@mantine/core";
import { IconCalendar } from "@tabler/icons-react";
import { Suspense, lazy, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { PRESETS, rangeDays, type Preset, type RangeChoice } from "@shared/format/ranges";
import { useFormat } from "@shared/format/useFormat";

const RangeCalendar = lazy(() => import("./RangeCalendar"));

interface Props {
  value: RangeChoice;
  today: string;
  onChange: (range: RangeChoice) => void;
}

function CustomRange({ value, today, onChange }: Props) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const custom = value.preset === "custom";
  const days = rangeDays(value, today);
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          variant={custom ? "light" : "default"}
          leftSection={<IconCalendar size={16} aria-hidden />}
          onClick={() => setOpen((now) => !now)}
          aria-expanded={open}
          fw={500}
        >
          {custom ? format.window(value.from, value.to) : t("range.custom")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Suspense fallback={<Box w={260} h={290} />}>
          {open && (
            <RangeCalendar
              from={days.from}
              to={days.to}
              today={today}
              onDone={(from, to) => {
                onChange({ preset: "custom", from, to });
                setOpen(false);
              }}
            />
          )}
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}

export function RangePicker({ value, today, onChange }: Props) {
  const { t } = useTranslation("analytics");
  const label = useId();
  const data = PRESETS.map((preset) => ({ value: preset as string, label: t(`range.${preset}`) }));
  const preset = value.preset === "custom" ? "" : value.preset;
  const choose = (name: string | null) => name && onChange({ preset: name as Preset });
  return (
    <Input.Wrapper label={t("range.label")} labelElement="div" labelProps={{ id: label }}>
      <Group gap="xs" role="group" aria-labelledby={label} wrap="nowrap">
        <SegmentedControl
          visibleFrom="lg"
          data={data}
          value={preset}
          onChange={choose}
          aria-labelledby={label}
        />
        <Select
          hiddenFrom="lg"
          data={data}
          value={preset || null}
          onChange={choose}
          placeholder={t("range.own")}
          aria-label={t("range.label")}
          allowDeselect={false}
          style={{ flex: 1 }}
        />
        <CustomRange value={value} today={today} onChange={onChange} />
      </Group>
    </Input.Wrapper>
  );
}

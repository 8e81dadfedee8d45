/*
 * Makes a schedule or changes one: what is fetched, when, and what becomes of runs that were missed.
 */
import {
  Checkbox,
  Fieldset,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Radio,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  TextInput,
} from "@mantine/core";
import { TimeInput } from "@mantine/dates";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { Schedule } from "@shared/api/types";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { FormButtons, FormFaults } from "../frame/FormParts";
import { useUpstreams } from "../dealers/useDealers";
import { DealerScope } from "../jobs/DealerScope";
import { useFeeds } from "../jobs/feeds";
import { CronPreview } from "./CronPreview";
import { fromMonday } from "./cronWords";
import {
  PRESETS,
  SCHEDULE_FIELDS,
  between,
  firstValues,
  toCron,
  toMessage,
  type ScheduleValues,
} from "./scheduleForm";
import { useWeekdays } from "./useCronWords";
import { useSaveSchedule } from "./useSchedules";

const DEFAULT_ZONE = "Asia/Jakarta";
const PREVIEW_WAIT_MS = 300;
const WEEK = fromMonday([0, 1, 2, 3, 4, 5, 6]).map(String);
const FIRST_ZONES = ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC"];
const ZONES = [
  ...FIRST_ZONES,
  ...Intl.supportedValuesOf("timeZone").filter((zone) => !FIRST_ZONES.includes(zone)),
];
const SHOWN_ZONES = 60;

function useScheduleForm(known: Schedule | undefined, zone: string) {
  const { t } = useTranslation("admin");
  return useForm<ScheduleValues>({
    initialValues: firstValues(known, zone),
    validate: {
      dealers: (dealers, values) =>
        values.scope === "chosen" && dealers.length === 0 ? t("run.noDealer") : null,
      feeds: (feeds) => (feeds.length > 0 ? null : t("schedule.noFeed")),
      minute: (_, values) =>
        values.preset === "hourly" && toCron(values) === undefined ? t("schedule.minuteRule") : null,
      time: (_, values) =>
        ["daily", "weekdays"].includes(values.preset) && !toCron({ ...values, preset: "daily" })
          ? t("schedule.timeRule")
          : null,
      days: (days, values) =>
        values.preset === "weekdays" && days.length === 0 ? t("schedule.daysRule") : null,
      cron: (_, values) =>
        values.preset === "custom" && toCron(values) === undefined ? t("schedule.cronRule") : null,
      jitter_minutes: (minutes) => (between(minutes, 0, 60) ? null : t("schedule.jitterRule")),
      overlap_hours: (hours) =>
        hours === "" || between(hours, 0, 168) ? null : t("schedule.overlapRule"),
    },
  });
}

type Form = ReturnType<typeof useScheduleForm>;

function Clock({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  const weekday = useWeekdays();
  switch (form.values.preset) {
    case "hourly":
      return (
        <NumberInput
          label={t("schedule.minute")}
          min={0}
          max={59}
          allowDecimal={false}
          required
          {...form.getInputProps("minute")}
        />
      );
    case "daily":
      return <TimeInput label={t("schedule.time")} required {...form.getInputProps("time")} />;
    case "weekdays":
      return (
        <Stack gap="sm">
          <Checkbox.Group label={t("schedule.days")} required {...form.getInputProps("days")}>
            <Group gap="sm" mt={4}>
              {WEEK.map((day) => (
                <Checkbox key={day} value={day} label={weekday(Number(day), "short")} />
              ))}
            </Group>
          </Checkbox.Group>
          <TimeInput label={t("schedule.time")} required {...form.getInputProps("time")} />
        </Stack>
      );
    case "custom":
      return (
        <TextInput
          label={t("schedule.cron")}
          description={t("schedule.cronHint")}
          ff="monospace"
          spellCheck={false}
          autoComplete="off"
          required
          {...form.getInputProps("cron")}
        />
      );
  }
}

function When({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  const [values] = useDebouncedValue(form.values, PREVIEW_WAIT_MS);
  return (
    <Fieldset legend={t("schedule.when")} radius="md">
      <Stack gap="sm">
        <SegmentedControl
          fullWidth
          size="xs"
          aria-label={t("schedule.when")}
          data={PRESETS.map((preset) => ({ value: preset, label: t(`schedule.preset.${preset}`) }))}
          {...form.getInputProps("preset")}
        />
        <SimpleGrid cols={{ base: 1, xs: form.values.preset === "weekdays" ? 1 : 2 }} spacing="sm">
          <Clock form={form} />
          <Select
            label={t("schedule.zone")}
            data={ZONES}
            searchable
            limit={SHOWN_ZONES}
            allowDeselect={false}
            nothingFoundMessage={t("schedule.noZone")}
            {...form.getInputProps("zone")}
          />
        </SimpleGrid>
        <CronPreview cron={toCron(values)} zone={values.zone} />
      </Stack>
    </Fieldset>
  );
}

function Rules({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  return (
    <Fieldset legend={t("schedule.rules")} radius="md">
      <Stack gap="md">
        <Radio.Group
          label={t("schedule.catchUp")}
          description={t("schedule.catchUpHint")}
          {...form.getInputProps("catch_up")}
        >
          <Stack gap="xs" mt="xs">
            {(["once", "skip", "all"] as const).map((one) => (
              <Radio
                key={one}
                value={one}
                label={t(`schedule.catchUps.${one}`)}
                description={t(`schedule.catchUpHints.${one}`)}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Radio.Group
          label={t("schedule.overlapPolicy")}
          description={t("schedule.overlapPolicyHint")}
          {...form.getInputProps("overlap_policy")}
        >
          <Group gap="lg" mt="xs">
            <Radio value="skip" label={t("schedule.policy.skip")} />
            <Radio value="queue" label={t("schedule.policy.queue")} />
          </Group>
        </Radio.Group>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <NumberInput
            label={t("schedule.overlap")}
            description={t("schedule.overlapHint")}
            placeholder={t("schedule.overlapAuto")}
            min={0}
            max={168}
            allowDecimal={false}
            {...form.getInputProps("overlap_hours")}
          />
          <NumberInput
            label={t("schedule.jitter")}
            description={t("schedule.jitterHint")}
            min={0}
            max={60}
            decimalScale={2}
            {...form.getInputProps("jitter_minutes")}
          />
        </SimpleGrid>
      </Stack>
    </Fieldset>
  );
}

function What({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  const feeds = useFeeds();
  return (
    <>
      <TextInput
        label={t("schedule.name")}
        placeholder={t("schedule.nameAuto")}
        maxLength={100}
        {...form.getInputProps("name")}
      />
      <DealerScope
        all={form.values.scope === "all"}
        none={form.values.dealers.length === 0}
        scopeProps={form.getInputProps("scope")}
        dealersProps={form.getInputProps("dealers")}
      />
      <MultiSelect
        label={t("schedule.feeds")}
        data={feeds.options}
        required
        {...form.getInputProps("feeds")}
      />
    </>
  );
}

interface FormProps {
  known: Schedule | undefined;
  zone: string;
  onClose: () => void;
}

function ScheduleForm({ known, zone, onClose }: FormProps) {
  const { t } = useTranslation("admin");
  const form = useScheduleForm(known, zone);
  const save = useSaveSchedule(known);
  const others = save.error ? sortErrors(save.error, SCHEDULE_FIELDS).others : [];
  const submit = (values: ScheduleValues) =>
    save.mutate(toMessage(values, known), {
      onSuccess: ({ name }) => {
        toastDone(t("schedule.saved", { name }));
        onClose();
      },
      onError: (error) => form.setErrors(sortErrors(error, SCHEDULE_FIELDS).fields),
    });
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <FormFaults texts={others} />
        <What form={form} />
        <When form={form} />
        <Rules form={form} />
        <FormButtons busy={save.isPending} onCancel={onClose}>
          {t(known ? "form.save" : "schedule.add")}
        </FormButtons>
      </Stack>
    </form>
  );
}

interface Props {
  subject: Schedule | "new" | undefined;
  onClose: () => void;
}

export default function ScheduleModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  const known = shown === "new" ? undefined : shown;
  const zone = useUpstreams().data?.items[0]?.zone ?? DEFAULT_ZONE;
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={known ? t("schedule.editTitle", { name: known.name }) : t("schedule.addTitle")}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <ScheduleForm key={known?.id ?? "new"} known={known} zone={zone} onClose={onClose} />
    </Modal>
  );
}

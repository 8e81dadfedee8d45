/*
 * Runs a job: which dealers, which days, and, for those who care, how it is cut into calls.
 */
import {
  Alert,
  Button,
  Group,
  Input,
  Modal,
  MultiSelect,
  NumberInput,
  Select,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
} from "@mantine/core";
import { DatePickerInput } from "@mantine/dates";
import { useForm } from "@mantine/form";
import { IconCalendar } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import { todayIn } from "@shared/format/days";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { navigate } from "@shared/route/useRoute";
import { useKept } from "@shared/widgets/useKept";
import { useAllDealers, useUpstreams } from "../dealers/useDealers";
import {
  RUN_FIELDS,
  firstValues,
  isComplete,
  quickPeriods,
  sliceFits,
  toMessage,
  type RunValues,
} from "./runForm";
import { usePlan, useSubmitJob } from "./useJobs";

const DEFAULT_ZONE = "Asia/Jakarta";

function useToday(): string {
  const zone = useUpstreams().data?.items[0]?.zone;
  return todayIn(zone ?? DEFAULT_ZONE);
}

function useRunForm(dealer: string | undefined, today: string) {
  const { t } = useTranslation("admin");
  return useForm<RunValues>({
    initialValues: firstValues(dealer, today),
    validate: {
      dealers: (dealers, values) =>
        values.scope === "chosen" && dealers.length === 0 ? t("run.noDealer") : null,
      period: ([from, to]) => (from && to ? null : t("run.noPeriod")),
      slice_hours: (hours) =>
        sliceFits(hours) ? null : t("run.sliceRule"),
    },
  });
}

type Form = ReturnType<typeof useRunForm>;

function Scope({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  const { dealers } = useAllDealers();
  const usable = dealers.filter((dealer) => dealer.is_active && dealer.has_credential);
  return (
    <Stack gap="xs">
      <SegmentedControl
        fullWidth
        aria-label={t("run.dealers")}
        data={[
          { value: "chosen", label: t("run.chosen") },
          { value: "all", label: t("run.all") },
        ]}
        {...form.getInputProps("scope")}
      />
      {form.values.scope === "chosen" ? (
        <MultiSelect
          label={t("run.dealers")}
          placeholder={form.values.dealers.length === 0 ? t("run.choose") : undefined}
          data={usable.map((dealer) => ({
            value: dealer.dealer_id,
            label: `${dealer.dealer_name} (${dealer.dealer_id})`,
          }))}
          nothingFoundMessage={t("run.noneFound")}
          searchable
          hidePickedOptions
          required
          {...form.getInputProps("dealers")}
        />
      ) : (
        <Input.Wrapper error={form.errors["dealers"]}>
          <Text size="sm" c="dimmed">
            {t("run.allHint", { count: usable.length })}
          </Text>
        </Input.Wrapper>
      )}
    </Stack>
  );
}

function Period({ form, today }: { form: Form; today: string }) {
  const { t } = useTranslation("admin");
  const { locale } = useFormat();
  return (
    <Stack gap="xs">
      <DatePickerInput
        type="range"
        label={t("run.period")}
        description={t("run.periodHint")}
        leftSection={<IconCalendar size={16} aria-hidden />}
        valueFormat="D MMM YYYY"
        locale={locale.slice(0, 2)}
        maxDate={today}
        allowSingleDateInRange
        firstDayOfWeek={1}
        required
        {...form.getInputProps("period")}
      />
      <Group gap="xs">
        {quickPeriods(today).map(({ key, days, period }) => (
          <Button
            key={key}
            size="compact-xs"
            variant="default"
            onClick={() => form.setFieldValue("period", period)}
          >
            {days === 1 ? t("run.yesterday") : t("run.lastDays", { n: days })}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

function Details({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <NumberInput
        label={t("run.slice")}
        description={t("run.sliceHint")}
        placeholder={t("run.sliceAuto")}
        min={1}
        max={168}
        allowDecimal={false}
        {...form.getInputProps("slice_hours")}
      />
      <Select
        label={t("run.priority")}
        description={t("run.priorityHint")}
        data={[
          { value: "0", label: t("job.priority0") },
          { value: "3", label: t("job.priority3") },
        ]}
        allowDeselect={false}
        {...form.getInputProps("priority")}
      />
    </SimpleGrid>
  );
}

function RunForm({ dealer, onClose }: { dealer: string | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const today = useToday();
  const form = useRunForm(dealer, today);
  const submit = useSubmitJob();
  const { dealers } = useAllDealers();
  const active = dealers.filter((one) => one.is_active && one.has_credential).length;
  const plan = usePlan(isComplete(form.values, active) ? toMessage(form.values) : undefined);
  const others = submit.error ? sortErrors(submit.error, RUN_FIELDS).others : [];
  const run = (values: RunValues) =>
    submit.mutate(toMessage(values), {
      onSuccess: (job) => {
        onClose();
        navigate(buildHash(`/jobs/${job.id}`));
      },
      onError: (error) => form.setErrors(sortErrors(error, RUN_FIELDS).fields),
    });
  return (
    <form onSubmit={form.onSubmit(run)} noValidate>
      <Stack gap="md">
        {others.length > 0 && (
          <Alert color="red" variant="light" role="alert">
            {others.join(" ")}
          </Alert>
        )}
        <Scope form={form} />
        <Period form={form} today={today} />
        <Details form={form} />
        {plan && plan.warnings.length > 0 && (
          <Alert color="yellow" variant="light">
            {plan.warnings.map((warning) => warning.text).join(" ")}
          </Alert>
        )}
        <Group justify="space-between" align="center">
          <Text size="sm" c="dimmed" className="figures">
            {plan && t("run.calls", { count: plan.calls, n: format.count(plan.calls) })}
          </Text>
          <Group gap="sm">
            <Button variant="default" onClick={onClose}>
              {t("form.cancel")}
            </Button>
            <Button type="submit" loading={submit.isPending}>
              {t("run.submit")}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}

interface Props {
  /** What to start with; nothing while closed. */
  subject: { dealer: string | undefined } | undefined;
  onClose: () => void;
}

export default function RunJobModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={t("run.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <RunForm dealer={shown?.dealer} onClose={onClose} />
    </Modal>
  );
}

/*
 * Runs a job: which dealers, which days of them, and, for those who care, how it is cut into calls.
 * What it would do is told before it is started.
 */
import {
  Button,
  Group,
  Modal,
  MultiSelect,
  NumberInput,
  Radio,
  Select,
  SimpleGrid,
  Stack,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import { todayAt } from "@shared/format/days";
import { buildHash } from "@shared/route/hash";
import { navigate } from "@shared/route/useRoute";
import { useRights } from "@shared/session/useMay";
import { useKept } from "@shared/widgets/useKept";
import { FormFaults } from "../frame/FormParts";
import { useToday } from "../coverage/useToday";
import { useAllDealers } from "../dealers/useDealers";
import { DealerScope } from "./DealerScope";
import { PeriodPicker } from "./PeriodPicker";
import { PlanPanel } from "./PlanPanel";
import { useFeeds } from "./feeds";
import {
  ONLY,
  RUN_FIELDS,
  USUAL_PRIORITY,
  firstValues,
  isComplete,
  named,
  sliceFits,
  toMessage,
  type RunSubject,
  type RunValues,
} from "./runForm";
import { usePlan, useSubmitJob } from "./useJobs";
import "./texts";

const PLAN_WAIT_MS = 250;

function useRunForm(subject: RunSubject, today: string) {
  const { t } = useTranslation("admin");
  return useForm<RunValues>({
    initialValues: firstValues(subject, today),
    validate: {
      dealers: (dealers, values) =>
        values.scope === "chosen" && dealers.length === 0 ? t("run.noDealer") : null,
      feeds: (feeds) => (feeds.length > 0 ? null : t("schedule.noFeed")),
      period: ([from, to]) => (from && to ? null : t("run.noPeriod")),
      slice_hours: (hours) => (sliceFits(hours) ? null : t("run.sliceRule")),
    },
  });
}

type Form = ReturnType<typeof useRunForm>;

/** All days of the period, or those alone that are not stored. */
function Which({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  return (
    <Radio.Group label={t("run.only")} {...form.getInputProps("only")}>
      <Stack gap="xs" mt="xs">
        {ONLY.map((one) => (
          <Radio key={one} value={one} label={t(`run.onlys.${one}`)} description={t(`run.onlyHints.${one}`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function Details({ form }: { form: Form }) {
  const { t } = useTranslation("admin");
  const feeds = useFeeds();
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
      <MultiSelect
        label={t("schedule.feeds")}
        description={t("run.feedsHint")}
        data={feeds.options}
        {...form.getInputProps("feeds")}
      />
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
          { value: USUAL_PRIORITY, label: t("run.priorityUsual") },
          { value: "0", label: t("job.priority0") },
          { value: "3", label: t("job.priority3") },
        ]}
        allowDeselect={false}
        {...form.getInputProps("priority")}
      />
    </SimpleGrid>
  );
}

function RunForm({ subject, onClose }: { subject: RunSubject; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const today = useToday();
  const { whole } = useRights();
  const { dealers, byCode } = useAllDealers();
  const usable = dealers.filter((one) => one.is_active && one.has_credential);
  const form = useRunForm(whole ? subject : named(subject, usable.map((one) => one.dealer_id)), today);
  const submit = useSubmitJob();
  const complete = isComplete(form.values, usable.length);
  const [input] = useDebouncedValue(complete ? JSON.stringify(toMessage(form.values)) : undefined, PLAN_WAIT_MS);
  const plan = usePlan(input);
  const others = submit.error ? sortErrors(submit.error, RUN_FIELDS).others : [];
  const codes = form.values.scope === "all" ? usable.map((one) => one.dealer_id) : form.values.dealers;
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
        <FormFaults texts={others} />
        <DealerScope
          all={form.values.scope === "all"}
          none={form.values.dealers.length === 0}
          scopeProps={form.getInputProps("scope")}
          dealersProps={form.getInputProps("dealers")}
        />
        <PeriodPicker
          period={form.values.period}
          today={today}
          dealers={codes.map((code) => ({
            code,
            name: byCode.get(code)?.dealer_name ?? code,
            today: todayAt(byCode.get(code) ?? {}),
          }))}
          feed={form.values.feeds[0] ?? "prsp"}
          inputProps={form.getInputProps("period")}
          onChange={(period) => form.setFieldValue("period", period)}
        />
        <Which form={form} />
        <Details form={form} />
        {complete && plan && <PlanPanel plan={plan} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={submit.isPending} disabled={complete && plan?.calls === 0}>
            {t("run.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface Props {
  /** What to start with; nothing while closed. */
  subject: RunSubject | undefined;
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
      size={960}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {shown && <RunForm key={JSON.stringify(shown)} subject={shown} onClose={onClose} />}
    </Modal>
  );
}

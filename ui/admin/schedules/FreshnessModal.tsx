/* Sets how old a dealer's data may become. */
import { Modal, NumberInput, Select, Stack, Switch } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { Freshness } from "@shared/api/types";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { FormButtons, FormFaults } from "../frame/FormParts";
import { useAllDealers } from "../dealers/useDealers";
import { useFeeds } from "../jobs/feeds";
import { between } from "./scheduleForm";
import { useSetFreshness } from "./useSchedules";

const LEAST_MINUTES = 5;
const MOST_MINUTES = 43_200;
const FIELDS = { dealer_id: "dealer", feed: "feed", minutes: "minutes" } as const;

interface Values {
  dealer: string;
  feed: string;
  minutes: number | string;
  active: boolean;
}

function TargetForm({ known, onClose }: { known: Freshness | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const { dealers, byCode } = useAllDealers();
  const feeds = useFeeds();
  const save = useSetFreshness();
  const form = useForm<Values>({
    initialValues: {
      dealer: known?.dealer_id ?? "",
      feed: known?.feed ?? "prsp",
      minutes: known?.minutes ?? 120,
      active: known?.active ?? true,
    },
    validate: {
      dealer: (dealer) => (dealer ? null : t("run.noDealer")),
      minutes: (minutes) => (between(minutes, LEAST_MINUTES, MOST_MINUTES) ? null : t("freshness.minutesRule")),
    },
  });
  const others = save.error ? sortErrors(save.error, FIELDS).others : [];
  const submit = (values: Values) =>
    save.mutate(
      { ...values, minutes: Number(values.minutes) },
      {
        onSuccess: () => {
          const name = byCode.get(values.dealer)?.dealer_name ?? values.dealer;
          toastDone(t("freshness.saved", { name }));
          onClose();
        },
        onError: (error) => form.setErrors(sortErrors(error, FIELDS).fields),
      },
    );
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <FormFaults texts={others} />
        <Select
          label={t("dealer.dealer")}
          placeholder={t("run.choose")}
          data={dealers.map((dealer) => ({
            value: dealer.dealer_id,
            label: `${dealer.dealer_name} (${dealer.dealer_id})`,
          }))}
          searchable
          required
          disabled={known !== undefined}
          {...form.getInputProps("dealer")}
        />
        <Select
          label={t("schedule.feed")}
          data={feeds.options}
          allowDeselect={false}
          disabled={known !== undefined}
          {...form.getInputProps("feed")}
        />
        <NumberInput
          label={t("freshness.minutes")}
          description={t("freshness.minutesHint")}
          min={LEAST_MINUTES}
          max={MOST_MINUTES}
          allowDecimal={false}
          required
          {...form.getInputProps("minutes")}
        />
        <Switch
          label={t("freshness.active")}
          description={t("freshness.activeHint")}
          {...form.getInputProps("active", { type: "checkbox" })}
        />
        <FormButtons busy={save.isPending} onCancel={onClose}>
          {t("form.save")}
        </FormButtons>
      </Stack>
    </form>
  );
}

interface Props {
  subject: Freshness | "new" | undefined;
  onClose: () => void;
}

export default function FreshnessModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  const known = shown === "new" ? undefined : shown;
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={t("freshness.setTitle")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <TargetForm key={known ? known.dealer_id + known.feed : "new"} known={known} onClose={onClose} />
    </Modal>
  );
}

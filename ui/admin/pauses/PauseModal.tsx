/*
 * Pauses a dealer, a feed, or everything, with the reason that others will read. Who may see some dealers alone
 * pauses one of them.
 */
import { Modal, SegmentedControl, Select, Stack, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import { useRights } from "@shared/session/useMay";
import { toastDone } from "@shared/widgets/toast";
import { FormButtons, FormFaults } from "../frame/FormParts";
import { useAllDealers } from "../dealers/useDealers";
import { useFeeds } from "../jobs/feeds";
import { usePause } from "./usePauses";

const SCOPES = ["dealer", "feed", "all"] as const;
const FIELDS = { scope: "scope", target: "target", reason: "reason" } as const;
const MOST_REASON = 300;

interface Values {
  scope: (typeof SCOPES)[number];
  target: string;
  reason: string;
}

function PauseForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("admin");
  const { whole } = useRights();
  const { dealers } = useAllDealers();
  const feeds = useFeeds();
  const pause = usePause();
  const form = useForm<Values>({
    initialValues: { scope: "dealer", target: "", reason: "" },
    validate: {
      target: (target, { scope }) => (scope === "all" || target ? null : t("pause.noTarget")),
    },
  });
  const { scope } = form.values;
  const others = pause.error ? sortErrors(pause.error, FIELDS).others : [];
  const submit = ({ target, reason, scope: chosen }: Values) =>
    pause.mutate(
      {
        scope: chosen,
        ...(chosen === "all" ? {} : { target }),
        ...(reason.trim() ? { reason: reason.trim() } : {}),
      },
      {
        onSuccess: () => {
          toastDone(t("pause.done"));
          onClose();
        },
        onError: (error) => form.setErrors(sortErrors(error, FIELDS).fields),
      },
    );
  const choose = (next: string) => {
    const feed = next === "feed" ? (feeds.options[0]?.value ?? "") : "";
    form.setValues({ scope: next as Values["scope"], target: feed });
    form.clearErrors();
  };
  const targets =
    scope === "feed"
      ? feeds.options
      : dealers.map((dealer) => ({
          value: dealer.dealer_id,
          label: `${dealer.dealer_name} (${dealer.dealer_id})`,
        }));
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <FormFaults texts={others} />
        <Text size="sm">{t("pause.hint")}</Text>
        {whole && (
          <SegmentedControl
            fullWidth
            aria-label={t("pause.scope")}
            data={SCOPES.map((one) => ({ value: one, label: t(`pause.scopes.${one}`) }))}
            value={scope}
            onChange={choose}
          />
        )}
        {scope !== "all" && (
          <Select
            key={scope}
            label={t(`pause.scopes.${scope}`)}
            placeholder={t("run.choose")}
            data={targets}
            searchable
            required
            {...form.getInputProps("target")}
          />
        )}
        <Textarea
          label={t("pause.reason")}
          description={t("pause.reasonHint")}
          autosize
          minRows={2}
          maxLength={MOST_REASON}
          {...form.getInputProps("reason")}
        />
        <FormButtons busy={pause.isPending} onCancel={onClose}>
          {t("pause.submit")}
        </FormButtons>
      </Stack>
    </form>
  );
}

export default function PauseModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation("admin");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("pause.modalTitle")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <PauseForm key={String(opened)} onClose={onClose} />
    </Modal>
  );
}

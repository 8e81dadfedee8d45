/* Says what a code means: for all, or otherwise for one upstream. */
import { Modal, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { FormButtons, FormFaults } from "../frame/FormParts";
import { UpstreamSelect } from "./UpstreamSelect";
import { LISTS, firstValues, keyOf, toInput, type LabelSubject, type LabelValues } from "./labelFilter";
import { useSetLabel } from "./useLabels";

const MAX = { code: 200, label: 255 };
const FIELDS: Record<string, keyof LabelValues> = {
  list: "list",
  code: "code",
  label: "label",
  indonesian: "indonesian",
  upstream: "upstream",
};

function LabelForm({ subject, onClose }: { subject: LabelSubject; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const save = useSetLabel();
  const otherwise = subject.otherwise ?? false;
  const form = useForm<LabelValues>({
    initialValues: firstValues(subject),
    validate: {
      list: isNotEmpty(t("label.listRule")),
      code: (code) => isNotEmpty(t("label.codeRule"))(code.trim()),
      label: (label) => isNotEmpty(t("label.labelRule"))(label.trim()),
      upstream: (upstream) => (otherwise && !upstream ? t("label.upstreamRule") : null),
    },
  });
  const fixed = subject.known !== undefined;
  const others = save.error ? sortErrors(save.error, FIELDS).others : [];
  const submit = (values: LabelValues) =>
    save.mutate(
      { list: values.list ?? "", code: values.code.trim(), input: toInput(values) },
      {
        onSuccess: ({ label }) => {
          toastDone(t("label.saved", { label }));
          onClose();
        },
        onError: (error) => form.setErrors(sortErrors(error, FIELDS).fields),
      },
    );
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <FormFaults texts={others} />
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
          <Select
            label={t("label.list")}
            placeholder={t("run.choose")}
            data={LISTS.map((list) => ({ value: list, label: t(`label.lists.${list}`) }))}
            allowDeselect={false}
            disabled={fixed}
            required
            {...form.getInputProps("list")}
          />
          <TextInput
            label={t("label.code")}
            maxLength={MAX.code}
            disabled={fixed}
            required
            {...form.getInputProps("code")}
          />
        </SimpleGrid>
        <TextInput
          label={t("label.english")}
          description={t("label.englishHint")}
          maxLength={MAX.label}
          required
          data-autofocus={fixed || undefined}
          {...form.getInputProps("label")}
        />
        <TextInput
          label={t("label.indonesian")}
          description={t("label.indonesianHint")}
          maxLength={MAX.label}
          {...form.getInputProps("indonesian")}
        />
        <UpstreamSelect
          value={form.values.upstream}
          onChange={(upstream) => form.setFieldValue("upstream", upstream)}
          all={!otherwise}
          disabled={fixed && !otherwise}
          required={otherwise}
          error={form.errors["upstream"]}
        />
        <FormButtons busy={save.isPending} onCancel={onClose}>
          {t("form.save")}
        </FormButtons>
      </Stack>
    </form>
  );
}

export default function LabelModal({ subject, onClose }: { subject: LabelSubject | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  const title = shown?.otherwise ? "label.otherwiseTitle" : shown?.known ? "label.editTitle" : "label.addTitle";
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={t(title, { code: shown?.known?.code ?? "" })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {shown && (
        <LabelForm
          key={`${shown.known ? keyOf(shown.known) : ""} ${shown.otherwise} ${subject !== undefined}`}
          subject={shown}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

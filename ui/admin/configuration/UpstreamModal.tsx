/* Adds an upstream or changes one: where it is, what it allows, how long is waited for it. */
import {
  Fieldset,
  Modal,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TextInput,
} from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { Upstream } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { FormButtons, FormFaults } from "../frame/FormParts";
import {
  ALL_NUMBERS,
  MAX,
  NUMBERS,
  SWITCHES,
  firstValues,
  isNumberGood,
  toChange,
  type NumberField,
  type UpstreamValues,
} from "./upstreamForm";
import { isStale, useSaveUpstream } from "./useConfiguration";

const NAMES = Object.fromEntries(
  ["name", "base_url", "formula", "zone", ...SWITCHES, ...ALL_NUMBERS.map(({ name }) => name)].map(
    (name) => [name, name],
  ),
) as Record<string, keyof UpstreamValues>;

function useUpstreamForm(upstream: Upstream | undefined) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const rule = (field: NumberField) => (value: number | string) =>
    isNumberGood(value, field, upstream === undefined)
      ? null
      : t("upstream.numberRule", { least: format.count(field.least), most: format.count(field.most) });
  return useForm<UpstreamValues>({
    initialValues: firstValues(upstream),
    validate: {
      name: (name) => (upstream ? null : isNotEmpty(t("upstream.nameRule"))(name.trim())),
      base_url: (url) => isNotEmpty(t("upstream.urlRule"))(url.trim()),
      ...Object.fromEntries(ALL_NUMBERS.map((field) => [field.name, rule(field)])),
    },
  });
}

type Form = ReturnType<typeof useUpstreamForm>;

function Numbers({ part, form, isNew }: { part: keyof typeof NUMBERS; form: Form; isNew: boolean }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const words = ({ name, unit, usual }: NumberField) => {
    const hint = t(`upstream.hint.${name}`);
    const n = usual === undefined ? undefined : `${format.count(usual)} ${t(`upstream.unit.${unit}`)}`;
    return n === undefined ? hint : `${hint} · ${t("setting.usual", { n })}`;
  };
  return (
    <Fieldset legend={t(`upstream.part.${part}`)} radius="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {NUMBERS[part].map((field) => (
          <NumberInput
            key={field.name}
            label={t(`upstream.${field.name}`)}
            description={words(field)}
            placeholder={field.none ? t("upstream.none") : isNew ? t("upstream.usual") : undefined}
            suffix={` ${t(`upstream.unit.${field.unit}`)}`}
            thousandSeparator=" "
            allowDecimal={false}
            min={field.least}
            max={field.most}
            clampBehavior="none"
            {...form.getInputProps(field.name)}
          />
        ))}
      </SimpleGrid>
    </Fieldset>
  );
}

const ZONES = Intl.supportedValuesOf("timeZone");

function Address({ form, upstream }: { form: Form; upstream: Upstream | undefined }) {
  const { t } = useTranslation("admin");
  const zones = ZONES.includes(form.values.zone) ? ZONES : [form.values.zone, ...ZONES];
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <TextInput
        label={t("upstream.name")}
        description={t("upstream.hint.name")}
        maxLength={MAX.name}
        disabled={upstream !== undefined}
        required
        data-autofocus={upstream === undefined || undefined}
        {...form.getInputProps("name")}
      />
      <TextInput
        label={t("upstream.base_url")}
        description={t("upstream.hint.base_url")}
        maxLength={MAX.url}
        type="url"
        required
        data-autofocus={upstream !== undefined || undefined}
        {...form.getInputProps("base_url")}
      />
      <Select
        label={t("upstream.zone")}
        description={t("upstream.hint.zone")}
        data={zones}
        searchable
        allowDeselect={false}
        {...form.getInputProps("zone")}
      />
      <Select
        label={t("upstream.formula")}
        description={t("upstream.hint.formula")}
        data={[
          { value: "concat", label: t("upstream.concat") },
          { value: "colon", label: t("upstream.colon") },
        ]}
        allowDeselect={false}
        {...form.getInputProps("formula")}
      />
    </SimpleGrid>
  );
}

function Body({ upstream, onClose }: { upstream: Upstream | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const form = useUpstreamForm(upstream);
  const save = useSaveUpstream();
  const others = isStale(save.error) ? [t("upstream.stale")] : sortErrors(save.error, NAMES).others;
  const submit = (values: UpstreamValues) => {
    const change = toChange(values, upstream);
    const name = upstream?.name ?? values.name.trim();
    if (upstream && Object.keys(change).length === 0) {
      onClose();
      return;
    }
    save.mutate(
      { name, change, etag: upstream?.etag },
      {
        onSuccess: () => {
          toastDone(t("upstream.saved", { name }));
          onClose();
        },
        onError: (error) => form.setErrors(sortErrors(error, NAMES).fields),
      },
    );
  };
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <FormFaults texts={others} />
        <Address form={form} upstream={upstream} />
        {(["limits", "times", "windows", "breaker"] as const).map((part) => (
          <Numbers key={part} part={part} form={form} isNew={upstream === undefined} />
        ))}
        <Fieldset legend={t("upstream.part.manner")} radius="md">
          <Stack gap="sm">
            {SWITCHES.map((name) => (
              <Switch
                key={name}
                label={t(`upstream.${name}`)}
                description={t(`upstream.hint.${name}`)}
                {...form.getInputProps(name, { type: "checkbox" })}
              />
            ))}
          </Stack>
        </Fieldset>
        <FormButtons busy={save.isPending} onCancel={onClose}>
          {t("form.save")}
        </FormButtons>
      </Stack>
    </form>
  );
}

interface Props {
  subject: Upstream | "new" | undefined;
  onClose: () => void;
}

export default function UpstreamModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  const upstream = shown === "new" ? undefined : shown;
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={upstream ? t("upstream.editTitle", { name: upstream.name }) : t("upstream.addTitle")}
      size="xl"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <Body upstream={upstream} onClose={onClose} />
    </Modal>
  );
}

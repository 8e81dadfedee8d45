/* Makes a key for a program. */
import { Modal, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import { ROLES, type Role } from "@shared/session/useMay";
import { FormButtons, FormFaults } from "../frame/FormParts";
import { ScopeFields } from "../scope/ScopeFields";
import { KeyOnce } from "./KeyOnce";
import { ENDS, FIRST, MAX, toInput, type KeyValues } from "./keyForm";
import { useCreateKey } from "./useKeys";

const NAMES: Record<string, keyof KeyValues> = {
  name: "name",
  role: "role",
  all_dealers: "dealers",
  dealers: "dealers",
  expires_at: "ends",
};

function useKeyForm() {
  const { t } = useTranslation("admin");
  return useForm<KeyValues>({
    initialValues: FIRST,
    validate: {
      name: (name) => isNotEmpty(t("key.nameRule"))(name.trim()),
      dealers: (dealers, values) =>
        values.all_dealers || dealers.length > 0 ? null : t("key.dealersRule"),
    },
  });
}

function Fields({ form }: { form: ReturnType<typeof useKeyForm> }) {
  const { t } = useTranslation("admin");
  return (
    <>
      <TextInput
        label={t("key.name")}
        description={t("key.nameHint")}
        maxLength={MAX.name}
        required
        data-autofocus
        {...form.getInputProps("name")}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label={t("user.role")}
          description={t(`role.${form.values.role}Hint`)}
          data={ROLES.map((role) => ({ value: role, label: t(`role.${role}`) }))}
          allowDeselect={false}
          value={form.values.role}
          onChange={(role) => form.setFieldValue("role", (role ?? "viewer") as Role)}
          error={form.errors["role"]}
        />
        <Select
          label={t("key.ends")}
          description={t("key.endsHint")}
          data={ENDS.map((days) => ({
            value: days,
            label: days === "never" ? t("key.never") : t("key.endsIn", { n: days }),
          }))}
          allowDeselect={false}
          {...form.getInputProps("ends")}
        />
      </SimpleGrid>
      <ScopeFields
        scope={form.values}
        onChange={({ all_dealers, dealers }) => form.setValues({ all_dealers, dealers })}
        error={form.errors["dealers"] as string | undefined}
      />
    </>
  );
}

function Body({ onClose, create }: { onClose: () => void; create: ReturnType<typeof useCreateKey> }) {
  const { t } = useTranslation("admin");
  const form = useKeyForm();
  const others = create.error ? sortErrors(create.error, NAMES).others : [];
  const submit = (values: KeyValues) =>
    create.mutate(toInput(values, Date.now()), {
      onError: (error) => form.setErrors(sortErrors(error, NAMES).fields),
    });
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <FormFaults texts={others} />
        <Fields form={form} />
        <FormButtons busy={create.isPending} onCancel={onClose}>
          {t("key.addSubmit")}
        </FormButtons>
      </Stack>
    </form>
  );
}

export default function KeyModal({ subject, onClose }: { subject: true | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const create = useCreateKey();
  const made = create.data;
  const close = () => {
    create.reset();
    onClose();
  };
  return (
    <Modal
      opened={subject !== undefined}
      onClose={close}
      title={t(made ? "key.onceTitle" : "key.addTitle", { name: made?.name ?? "" })}
      size="lg"
      withCloseButton={!made}
      closeOnEscape={!made}
      closeOnClickOutside={!made}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {made ? <KeyOnce made={made} onClose={close} /> : <Body create={create} onClose={close} />}
    </Modal>
  );
}

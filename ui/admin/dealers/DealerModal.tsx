/*
 * Adds a dealer or edits one. Credentials are write-only: the form says whether they are set and
 * takes new ones, and an empty field leaves them alone.
 */
import {
  Fieldset,
  Group,
  Modal,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { Dealer, Upstream } from "@shared/api/types";
import { StateBadge } from "@shared/widgets/StateBadge";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { FormButtons, FormFaults } from "../frame/FormParts";
import { CredentialNote } from "./CredentialNote";
import {
  MAX,
  changesNothing,
  firstValues,
  isCode,
  isTestedFirst,
  toMessage,
  type DealerValues,
} from "./dealerForm";
import { Onboarding } from "./Onboarding";
import { useSaveDealer } from "./useDealers";

interface Props {
  dealer: Dealer | undefined;
  upstreams: Upstream[];
  onClose: () => void;
}

type Form = ReturnType<typeof useDealerForm>;

const NAMES: Record<string, keyof DealerValues> = {
  dealer_id: "dealer_id",
  dealer_name: "dealer_name",
  upstream: "upstream",
  upstream_dealer_id: "upstream_dealer_id",
  api_key: "api_key",
  secret_key: "secret_key",
  is_active: "is_active",
};

function useDealerForm(dealer: Dealer | undefined, upstreams: Upstream[]) {
  const { t } = useTranslation("admin");
  return useForm<DealerValues>({
    initialValues: firstValues(
      dealer,
      upstreams.map((one) => one.name),
    ),
    validate: {
      dealer_id: (code) => (isCode(code) ? null : t("dealer.codeRule")),
      dealer_name: isNotEmpty(t("dealer.nameRule")),
    },
  });
}

function Connection({ form, dealer, upstreams }: { form: Form } & Omit<Props, "onClose">) {
  const { t } = useTranslation("admin");
  const set = dealer?.has_credential ?? false;
  const placeholder = set ? t("dealer.keepSecret") : undefined;
  const secret = { autoComplete: "off", maxLength: MAX.secret, placeholder };
  return (
    <Fieldset legend={t("dealer.connection")} radius="md">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <Select
          label={t("dealer.upstream")}
          description={t("dealer.upstreamHint")}
          data={upstreams.map((one) => ({
            value: one.name,
            label: one.simulated ? t("dealer.simulatedUpstream", { name: one.name }) : one.name,
          }))}
          allowDeselect={false}
          {...form.getInputProps("upstream")}
        />
        <TextInput
          label={t("dealer.upstreamCode")}
          description={t("dealer.upstreamCodeHint")}
          maxLength={MAX.code}
          {...form.getInputProps("upstream_dealer_id")}
        />
        <PasswordInput label={t("dealer.apiKey")} {...secret} {...form.getInputProps("api_key")} />
        <PasswordInput
          label={t("dealer.secretKey")}
          {...secret}
          {...form.getInputProps("secret_key")}
        />
      </SimpleGrid>
      <Group gap="xs" mt="sm" wrap="nowrap" align="flex-start">
        <StateBadge
          colour={set ? "teal" : "gray"}
          text={t(set ? "dealer.credentialSet" : "dealer.credentialUnset")}
        />
        <Stack gap={0}>
          <CredentialNote dealer={dealer} />
          <Text size="xs" c="dimmed">
            {t("dealer.writeOnly")}
          </Text>
        </Stack>
      </Group>
    </Fieldset>
  );
}

function Fields({ form, dealer, upstreams }: { form: Form } & Omit<Props, "onClose">) {
  const { t } = useTranslation("admin");
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <TextInput
          label={t("dealer.code")}
          description={t("dealer.codeHint")}
          maxLength={MAX.code}
          disabled={dealer !== undefined}
          required
          data-autofocus={dealer === undefined || undefined}
          {...form.getInputProps("dealer_id")}
        />
        <TextInput
          label={t("dealer.name")}
          description={t("dealer.nameHint")}
          maxLength={MAX.name}
          required
          data-autofocus={dealer !== undefined || undefined}
          {...form.getInputProps("dealer_name")}
        />
      </SimpleGrid>
      <Connection form={form} dealer={dealer} upstreams={upstreams} />
      {isTestedFirst(form.values, dealer) ? (
        <Text size="sm" c="dimmed">
          {t("onboarding.hint")}
        </Text>
      ) : (
        <Switch
          label={t("dealer.isActive")}
          description={t("dealer.isActiveHint")}
          {...form.getInputProps("is_active", { type: "checkbox" })}
        />
      )}
    </>
  );
}

interface BodyProps extends Props {
  /** A new dealer was stored that can be tested. */
  onStored: (dealer: Dealer) => void;
}

function DealerFormBody({ dealer, upstreams, onStored, onClose }: BodyProps) {
  const { t } = useTranslation("admin");
  const form = useDealerForm(dealer, upstreams);
  const save = useSaveDealer(dealer);
  const others = save.error ? sortErrors(save.error, NAMES).others : [];
  const submit = (values: DealerValues) => {
    const message = toMessage(values, dealer);
    if (dealer && changesNothing(message)) {
      onClose();
      return;
    }
    save.mutate(message, {
      onSuccess: (saved) => {
        toastDone(t(dealer ? "dealer.saved" : "dealer.added", { name: saved.dealer_name }));
        if (isTestedFirst(values, dealer)) {
          onStored(saved);
        } else {
          onClose();
        }
      },
      onError: (error) => form.setErrors(sortErrors(error, NAMES).fields),
    });
  };
  return (
    <form onSubmit={form.onSubmit(submit)} noValidate>
      <Stack gap="md">
        <FormFaults texts={others} />
        <Fields form={form} dealer={dealer} upstreams={upstreams} />
        <FormButtons busy={save.isPending} onCancel={onClose}>
          {dealer
            ? t("form.save")
            : isTestedFirst(form.values, dealer)
              ? t("onboarding.submit")
              : t("dealer.addSubmit")}
        </FormButtons>
      </Stack>
    </form>
  );
}

interface ModalProps {
  /** The dealer to edit, "new" to add one, nothing while closed. */
  subject: Dealer | "new" | undefined;
  upstreams: Upstream[];
  onClose: () => void;
}

export default function DealerModal({ subject, upstreams, onClose }: ModalProps) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  // A dealer that was just added: tested, and edited again if that shows a fault.
  const [stored, setStored] = useState<{ dealer: Dealer; edited: boolean }>();
  const dealer = stored?.edited ? stored.dealer : shown === "new" ? undefined : shown;
  const close = () => {
    setStored(undefined);
    onClose();
  };
  return (
    <Modal
      opened={subject !== undefined}
      onClose={close}
      title={
        stored && !stored.edited
          ? t("test.title", { name: stored.dealer.dealer_name })
          : dealer
            ? t("dealer.editTitle", { name: dealer.dealer_name })
            : t("dealer.addTitle")
      }
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {stored && !stored.edited ? (
        <Onboarding
          dealer={stored.dealer}
          onEdit={() => setStored({ ...stored, edited: true })}
          onClose={close}
        />
      ) : (
        <DealerFormBody
          key={dealer?.dealer_id ?? ""}
          dealer={dealer}
          upstreams={upstreams}
          onStored={(saved) => setStored({ dealer: saved, edited: false })}
          onClose={stored ? () => setStored({ ...stored, edited: false }) : close}
        />
      )}
    </Modal>
  );
}

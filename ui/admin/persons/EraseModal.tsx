/*
 * Takes somebody's data out of all that is stored, for good: counted first, then confirmed by typing who it is.
 */
import { Alert, Button, Code, Group, List, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { PersonErased, PersonNamed, PersonPage } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { ReasonField } from "./ReasonField";
import { confirmation, reasonFits } from "./personForm";
import { useErasePerson } from "./usePersons";

export interface EraseSubject {
  who: PersonNamed;
  page: PersonPage;
}

interface Props {
  subject: EraseSubject | undefined;
  onErased: (erased: PersonErased) => void;
  onClose: () => void;
}

/** What goes and what stays, once it is counted. */
function Counted({ found }: { found: PersonErased }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const counted = (count: number) => ({ count, n: format.count(count) });
  return (
    <Alert color="orange" variant="light" icon={<IconAlertTriangle aria-hidden />} title={t("person.goes")} role="status" data-dry-run={found.prospects}>
      <Stack gap="xs">
        <List size="sm">
          <List.Item>{t("person.goesProspects", counted(found.prospects))}</List.Item>
          <List.Item>{t("person.goesAside", counted(found.set_aside))}</List.Item>
        </List>
        <Text size="sm" fw={600}>
          {t("person.stays")}
        </Text>
        <List size="sm">
          <List.Item>{t("person.staysRows", counted(found.units))}</List.Item>
          <List.Item>{t("person.staysHash")}</List.Item>
          <List.Item>{t("person.staysTrail")}</List.Item>
          <List.Item>{t("person.staysBackups")}</List.Item>
        </List>
      </Stack>
    </Alert>
  );
}

function EraseForm({ subject, onErased, onClose }: Props & { subject: EraseSubject }) {
  const { t } = useTranslation("admin");
  const count = useErasePerson();
  const erase = useErasePerson();
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const wanted = confirmation(subject.page);
  const counted = count.data;
  const error = erase.error ?? count.error;
  const { fields } = sortErrors<"reason">(error, { reason: "reason" });
  const order = { who: subject.who, reason: reason.trim() };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!counted) {
      count.mutate({ ...order, dry: true });
    } else if (typed.trim() === wanted) {
      erase.mutate({ ...order, dry: false }, { onSuccess: onErased });
    }
  };
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack gap="md">
        <Text size="sm">{t("person.eraseText")}</Text>
        <ReasonField value={reason} onChange={setReason} error={fields.reason} disabled={erase.isPending} />
        {counted && <Counted found={counted} />}
        {counted && (
          <TextInput
            label={t(subject.page.items.length > 0 ? "person.typeId" : "person.typeCount")}
            description={<Code style={{ overflowWrap: "anywhere" }}>{wanted}</Code>}
            inputWrapperOrder={["label", "description", "input", "error"]}
            autoComplete="off"
            spellCheck={false}
            required
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {error && !fields.reason && <ErrorNotice error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          {counted ? (
            <Button
              type="submit"
              color="red.9"
              loading={erase.isPending}
              disabled={typed.trim() !== wanted || !reasonFits(reason)}
            >
              {t("person.eraseGo")}
            </Button>
          ) : (
            <Button type="submit" loading={count.isPending} disabled={!reasonFits(reason)}>
              {t("person.dryRun")}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

export default function EraseModal(props: Props) {
  const { t } = useTranslation("admin");
  const { subject, onClose } = props;
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={t("person.eraseTitle")}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {subject && <EraseForm {...props} subject={subject} />}
    </Modal>
  );
}

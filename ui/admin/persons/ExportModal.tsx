/* All that is stored about somebody, as a file: for a request of theirs. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { PersonNamed } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { saveText } from "@shared/widgets/save";
import { toastDone } from "@shared/widgets/toast";
import { pretty } from "../quarantine/quarantineFilter";
import { ReasonField } from "./ReasonField";
import { reasonFits } from "./personForm";
import { useExportPerson } from "./usePersons";

function ExportForm({ who, onClose }: { who: PersonNamed; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const tell = useExportPerson();
  const [reason, setReason] = useState("");
  const { fields } = sortErrors<"reason">(tell.error, { reason: "reason" });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    tell.mutate(
      { who, reason: reason.trim() },
      {
        onSuccess: ({ document, prospects, set_aside: aside }) => {
          // The name tells of nobody.
          saveText(pretty(document), "application/json", `person-${new Date().toISOString().slice(0, 10)}.json`);
          toastDone(
            t("person.exported", { prospects: format.count(prospects), aside: format.count(aside) }),
          );
          onClose();
        },
      },
    );
  };
  return (
    <form onSubmit={submit} noValidate autoComplete="off">
      <Stack gap="md">
        <Text size="sm">{t("person.exportText")}</Text>
        <ReasonField value={reason} onChange={setReason} error={fields.reason} />
        {tell.error && !fields.reason && <ErrorNotice error={tell.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={tell.isPending} disabled={!reasonFits(reason)}>
            {t("person.exportGo")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export default function ExportModal({ subject, onClose }: { subject: PersonNamed | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={t("person.exportTitle")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {subject && <ExportForm who={subject} onClose={onClose} />}
    </Modal>
  );
}

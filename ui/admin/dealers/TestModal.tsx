/*
 * Tests a dealer's connection: one live call with the stored credentials, check by check. It is
 * started by hand, because it counts in the quota.
 */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { useKept } from "@shared/widgets/useKept";
import { Checklist, ChecklistToCome } from "./Checklist";
import { useTestDealer } from "./useDealers";

interface Props {
  /** The dealer in question; nothing while closed. */
  subject: Dealer | undefined;
  onClose: () => void;
}

export default function TestModal({ subject, onClose }: Props) {
  const { t, i18n } = useTranslation("admin");
  const dealer = useKept(subject);
  const test = useTestDealer();
  const close = () => {
    test.reset();
    onClose();
  };
  const start = () => {
    if (dealer) {
      test.mutate({ code: dealer.dealer_id, lang: i18n.language === "id" ? "id" : "en" });
    }
  };
  return (
    <Modal
      opened={subject !== undefined}
      onClose={close}
      title={t("test.title", { name: dealer?.dealer_name ?? "" })}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <Stack gap="md">
        <Text size="sm">{t(test.isPending ? "test.running" : "test.intro")}</Text>
        {test.error && <ErrorNotice error={test.error} />}
        {test.isPending && <ChecklistToCome />}
        {test.data && !test.isPending && <Checklist found={test.data} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {t("form.close")}
          </Button>
          <Button onClick={start} loading={test.isPending} data-autofocus>
            {t(test.data ? "test.again" : "test.start")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

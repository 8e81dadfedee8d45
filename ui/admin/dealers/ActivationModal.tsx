/* Asks before a dealer is switched off or on, and says what that means. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { useChangeDealer } from "./useDealers";

interface Props {
  /** The dealer in question; nothing while closed. */
  subject: Dealer | undefined;
  onClose: () => void;
}

export function ActivationModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const change = useChangeDealer();
  const dealer = useKept(subject);
  const off = dealer?.is_active ?? false;
  const close = () => {
    change.reset();
    onClose();
  };
  const confirm = () => {
    if (dealer) {
      change.mutate(
        { code: dealer.dealer_id, change: { is_active: !dealer.is_active } },
        {
          onSuccess: () => {
            const text = off ? "dealer.deactivated" : "dealer.activated";
            toastDone(t(text, { name: dealer.dealer_name }));
            close();
          },
        },
      );
    }
  };
  return (
    <Modal
      opened={subject !== undefined}
      onClose={close}
      title={t(off ? "dealer.deactivateTitle" : "dealer.activateTitle", {
        name: dealer?.dealer_name ?? "",
      })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <Stack gap="md">
        <Text size="sm">{t(off ? "dealer.deactivateText" : "dealer.activateText")}</Text>
        {change.error && <ErrorNotice error={change.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {t("form.cancel")}
          </Button>
          <Button color={off ? "red.9" : undefined} onClick={confirm} loading={change.isPending}>
            {t(off ? "dealer.deactivate" : "dealer.activate")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

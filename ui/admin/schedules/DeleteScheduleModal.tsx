/* Asks before a schedule is removed. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schedule } from "@shared/api/types";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { useDeleteSchedule } from "./useSchedules";

interface Props {
  subject: Schedule | undefined;
  onClose: () => void;
}

export function DeleteScheduleModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const shown = useKept(subject);
  const remove = useDeleteSchedule();
  const name = shown?.name ?? "";
  const confirm = () =>
    shown &&
    remove.mutate(shown.id, {
      onSuccess: () => {
        toastDone(t("schedule.deleted", { name }));
        onClose();
      },
    });
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={t("schedule.deleteTitle", { name })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <Stack gap="md">
        <Text size="sm">{t("schedule.deleteText")}</Text>
        {remove.error && <ErrorNotice error={remove.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("form.cancel")}
          </Button>
          <Button color="red.9" onClick={confirm} loading={remove.isPending}>
            {t("schedule.delete")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/* Asks before a process is told to finish what it has in hand and to end. */
import { useTranslation } from "react-i18next";
import type { ServiceProcess } from "@shared/api/types";
import { ConfirmModal } from "@shared/widgets/ConfirmModal";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { useDrain } from "./useServices";

interface Props {
  subject: ServiceProcess | undefined;
  onClose: () => void;
}

export function DrainQuestion({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const drain = useDrain();
  const name = useKept(subject)?.name ?? "";
  const close = () => {
    drain.reset();
    onClose();
  };
  const confirm = () =>
    drain.mutate(name, {
      onSuccess: () => {
        toastDone(t("service.drained", { name }));
        close();
      },
    });
  return (
    <ConfirmModal
      opened={subject !== undefined}
      title={t("service.drainTitle", { name })}
      text={t("service.drainText")}
      action={t("service.drain")}
      danger
      busy={drain.isPending}
      error={drain.error}
      onConfirm={confirm}
      onClose={close}
    />
  );
}

/* Questions before a user is switched off or on, or signed out everywhere. */
import { useTranslation } from "react-i18next";
import type { User } from "@shared/api/types";
import { useSession } from "@shared/session/useSession";
import { ConfirmModal } from "@shared/widgets/ConfirmModal";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { useChangeUser, useSignOutUser } from "./useUsers";

interface Props {
  subject: User | undefined;
  onClose: () => void;
}

export function SwitchQuestion({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const change = useChangeUser();
  const user = useKept(subject);
  const off = user?.is_active ?? false;
  const login = user?.login ?? "";
  const close = () => {
    change.reset();
    onClose();
  };
  const confirm = () =>
    change.mutate(
      { login, change: { is_active: !off } },
      {
        onSuccess: () => {
          toastDone(t(off ? "user.deactivated" : "user.activated", { login }));
          close();
        },
      },
    );
  return (
    <ConfirmModal
      opened={subject !== undefined}
      title={t(off ? "user.deactivateTitle" : "user.activateTitle", { login })}
      text={t(off ? "user.deactivateText" : "user.activateText")}
      action={t(off ? "user.deactivate" : "user.activate")}
      danger={off}
      busy={change.isPending}
      error={change.error}
      onConfirm={confirm}
      onClose={close}
    />
  );
}

export function SignOutQuestion({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const signOut = useSignOutUser();
  const user = useKept(subject);
  const login = user?.login ?? "";
  const own = useSession().data?.session?.principal === login;
  const close = () => {
    signOut.reset();
    onClose();
  };
  const confirm = () =>
    signOut.mutate(login, {
      onSuccess: () => {
        toastDone(t("user.signedOut", { login }));
        close();
      },
    });
  return (
    <ConfirmModal
      opened={subject !== undefined}
      title={t("user.signOutTitle", { login })}
      text={t(own ? "user.signOutOwn" : "user.signOutText", { count: user?.sessions ?? 0 })}
      action={t("user.signOut")}
      danger
      busy={signOut.isPending}
      error={signOut.error}
      onConfirm={confirm}
      onClose={close}
    />
  );
}

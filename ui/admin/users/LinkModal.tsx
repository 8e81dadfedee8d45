/* A one-time link for a user: made, shown once, copied. It is in no cache and gone with the dialog. */
import { Alert, Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { absolute } from "@shared/api/client";
import type { User } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { CopyField } from "@shared/widgets/CopyField";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { useKept } from "@shared/widgets/useKept";
import { useMakeLink } from "./useUsers";

export function LinkOnce({ login, onClose }: { login: string; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const { mutate, data, error, isPending } = useMakeLink();
  useEffect(() => mutate(login), [login, mutate]);
  return (
    <Stack gap="md">
      {error && <ErrorNotice error={error} onRetry={() => mutate(login)} busy={isPending} />}
      {data ? (
        <>
          <CopyField label={t("user.linkLabel")} text={absolute(`#/start?token=${data.token}`)} />
          <Text size="sm">{t("user.linkText", { when: format.moment(data.expires_at) })}</Text>
          <Alert color="orange" variant="light">
            {t("user.linkOnce")}
          </Alert>
        </>
      ) : (
        !error && <Skeleton h={60} aria-hidden />
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>{t("user.linkDone")}</Button>
      </Group>
    </Stack>
  );
}

interface Props {
  subject: User | undefined;
  onClose: () => void;
}

export default function LinkModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const user = useKept(subject);
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={t("user.linkTitle", { login: user?.login ?? "" })}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {subject && <LinkOnce key={subject.login} login={subject.login} onClose={onClose} />}
    </Modal>
  );
}

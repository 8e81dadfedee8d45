/*
 * A new password for who is signed in. It ends every session, this one too.
 */
import { Alert, Button, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, apiPost } from "../api/client";
import { spokenField } from "../api/spoken";
import { useErrorText } from "../widgets/ErrorNotice";
import { forgetSession } from "./useSession";

interface Props {
  opened: boolean;
  hasPassword: boolean;
  onClose: () => void;
}

/** What the server says about a field. */
function fieldError(error: unknown, field: string): string | undefined {
  return error instanceof ApiError
    ? error.fields.filter((row) => row.field === field).map(spokenField)[0]
    : undefined;
}

export default function PasswordModal({ opened, hasPassword, onClose }: Props) {
  const { t } = useTranslation("shared");
  const client = useQueryClient();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () =>
      apiPost(
        "/api/v1/session/password",
        hasPassword ? { current, password } : { password },
      ),
    meta: { signIn: true },
    onSuccess: () => {
      onClose();
      forgetSession(client);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const textOf = useErrorText();
  const known = fieldError(change.error, "current") ?? fieldError(change.error, "password");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("password.title")}
      closeButtonProps={{ "aria-label": t("password.close") }}
      centered
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t("password.hint")}</Text>
          {change.error && known === undefined && (
            <Alert color="red" variant="light" role="alert">
              {textOf(change.error)}
            </Alert>
          )}
          {hasPassword && (
            <PasswordInput
              label={t("password.current")}
              autoComplete="current-password"
              value={current}
              onChange={(event) => setCurrent(event.currentTarget.value)}
              error={fieldError(change.error, "current")}
              required
            />
          )}
          <PasswordInput
            label={t("password.fresh")}
            description={t("password.rule")}
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={fieldError(change.error, "password")}
            required
          />
          <Button type="submit" loading={change.isPending} disabled={password === ""}>
            {t("password.submit")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

/* Asks before something is done that cannot be taken back, and says what it means. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { FormEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNotice } from "./ErrorNotice";
import { useFocusBack } from "./WhenNeeded";

interface Props {
  opened: boolean;
  title: string;
  text?: string;
  /** The button's word for doing it. */
  action: string;
  danger?: boolean;
  busy: boolean;
  error?: unknown;
  disabled?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}

export function ConfirmModal(props: Props) {
  const { t } = useTranslation("shared");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onConfirm();
  };
  useFocusBack(props.opened);
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title={props.title}
      closeButtonProps={{ "aria-label": t("confirm.close") }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          {props.text && <Text size="sm">{props.text}</Text>}
          {props.children}
          {Boolean(props.error) && <ErrorNotice error={props.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.onClose} data-autofocus>
              {t("confirm.cancel")}
            </Button>
            <Button
              color={props.danger ? "red.9" : undefined}
              type="submit"
              loading={props.busy}
              disabled={props.disabled}
            >
              {props.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/* What the forms in dialogs have alike: faults that belong to no field, and the buttons at the end. */
import { Alert, Button, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

export function FormFaults({ texts }: { texts: string[] }) {
  return (
    texts.length > 0 && (
      <Alert color="red" variant="light" role="alert">
        {texts.join(" ")}
      </Alert>
    )
  );
}

interface ButtonsProps {
  busy: boolean;
  onCancel: () => void;
  /** What the button says that sends the form. */
  children: ReactNode;
}

export function FormButtons({ busy, onCancel, children }: ButtonsProps) {
  const { t } = useTranslation("admin");
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onCancel}>
        {t("form.cancel")}
      </Button>
      <Button type="submit" loading={busy}>
        {children}
      </Button>
    </Group>
  );
}

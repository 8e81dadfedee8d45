/* A new key, shown this once: it goes only after somebody said that it is stored. */
import { Alert, Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { ApiKey } from "@shared/api/types";
import { CopyField } from "@shared/widgets/CopyField";

interface Props {
  made: ApiKey;
  children?: ReactNode;
  onClose: () => void;
}

export function KeyOnce({ made, children, onClose }: Props) {
  const { t } = useTranslation("admin");
  const [stored, setStored] = useState(false);
  return (
    <Stack gap="md">
      <CopyField label={t("key.whole")} text={made.key ?? ""} />
      <Text size="sm">{t("key.how")}</Text>
      {children}
      <Alert color="orange" variant="light">
        {t("key.once")}
      </Alert>
      <Checkbox
        label={t("key.stored")}
        checked={stored}
        onChange={(event) => setStored(event.currentTarget.checked)}
      />
      <Group justify="flex-end">
        <Button onClick={onClose} disabled={!stored}>
          {t("form.close")}
        </Button>
      </Group>
    </Stack>
  );
}

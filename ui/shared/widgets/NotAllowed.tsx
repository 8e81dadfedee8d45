/* A page that the one who is signed in may not see: why, and who can help. */
import { Paper } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "./EmptyState";

export function NotAllowed() {
  const { t } = useTranslation("shared");
  return (
    <Paper withBorder radius="lg" p="md" data-forbidden>
      <EmptyState icon={<IconLock size={22} />} title={t("forbidden.title")} text={t("forbidden.text")} />
    </Paper>
  );
}

/* A page that the one who is signed in may not see: why, and who can help. */
import { Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

export function NotAllowed() {
  const { t } = useTranslation("shared");
  return (
    <Paper withBorder radius="lg" p="xl" maw={640} mx="auto" data-forbidden>
      <Stack align="center" gap={6} ta="center">
        <ThemeIcon variant="light" color="gray" size={44} radius="xl" mb={4} aria-hidden>
          <IconLock size={22} />
        </ThemeIcon>
        <Title order={1} size="h3">
          {t("forbidden.title")}
        </Title>
        <Text size="sm" c="dimmed" maw={420}>
          {t("forbidden.text")}
        </Text>
      </Stack>
    </Paper>
  );
}

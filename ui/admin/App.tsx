/* Frame and routes of the Admin Panel. */
import { AppShell, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Brand } from "@shared/shell/Brand";
import { HeaderTools } from "@shared/shell/HeaderTools";

export function App() {
  const { t } = useTranslation("admin");
  return (
    <AppShell header={{ height: 56 }}>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Brand name={t("title")} />
          <HeaderTools />
        </Group>
      </AppShell.Header>
    </AppShell>
  );
}

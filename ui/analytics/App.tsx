/* Frame of the Analytics Dashboard. */
import { AppShell, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Brand } from "@shared/shell/Brand";
import { HeaderTools } from "@shared/shell/HeaderTools";
import { CONTENT_ID, SkipLink } from "@shared/shell/SkipLink";
import { DashboardPage } from "./dashboard/DashboardPage";
import { useKiosk } from "./dashboard/useKiosk";

export function App() {
  const { t } = useTranslation("analytics");
  const { kiosk } = useKiosk();
  return (
    <AppShell header={{ height: kiosk ? 0 : 56 }} padding={0}>
      <SkipLink />
      {!kiosk && (
        <AppShell.Header>
          <Group h="100%" px="md" justify="space-between" wrap="nowrap" maw={1680} mx="auto">
            <Brand name={t("title")} />
            <HeaderTools />
          </Group>
        </AppShell.Header>
      )}
      <AppShell.Main id={CONTENT_ID} tabIndex={-1} style={{ outline: "none" }}>
        <DashboardPage />
      </AppShell.Main>
    </AppShell>
  );
}

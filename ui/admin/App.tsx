/* Frame and routes of the Admin Panel. */
import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { Navigate, Route, Routes } from "react-router";
import { Brand } from "@shared/shell/Brand";
import { HeaderTools } from "@shared/shell/HeaderTools";
import { CONTENT_ID, SkipLink } from "@shared/shell/SkipLink";
import { DealersPage } from "./dealers/DealersPage";
import { Navigation } from "./frame/Navigation";
import { JobsPage } from "./jobs/JobsPage";
import { ServicesPage } from "./services/ServicesPage";

export function App() {
  const { t } = useTranslation(["admin", "shared"]);
  const [open, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !open } }}
      padding="md"
    >
      <SkipLink />
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              opened={open}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t("shared:shell.openMenu")}
              aria-expanded={open}
            />
            <Brand name={t("admin:title")} />
          </Group>
          <HeaderTools />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={t("shared:shell.navigation")}>
        <Navigation onChoose={close} />
      </AppShell.Navbar>
      <AppShell.Main id={CONTENT_ID} tabIndex={-1} style={{ outline: "none" }}>
        <Routes>
          <Route path="/" element={<Navigate to="/dealers" replace />} />
          <Route path="/dealers" element={<DealersPage />} />
          <Route path="/jobs/:job?" element={<JobsPage />} />
          <Route path="/services" element={<ServicesPage />} />
          <Route path="*" element={<Navigate to="/dealers" replace />} />
        </Routes>
      </AppShell.Main>
    </AppShell>
  );
}

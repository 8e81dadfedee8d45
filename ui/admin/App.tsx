/* Frame and routes of the Admin Panel. */
import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { pathParts } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { Brand } from "@shared/shell/Brand";
import { HeaderTools } from "@shared/shell/HeaderTools";
import { CONTENT_ID, SkipLink } from "@shared/shell/SkipLink";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { DealersPage } from "./dealers/DealersPage";
import { Navigation } from "./frame/Navigation";

const JobPage = lazy(() => import("./jobs/JobPage"));
const JobsPage = lazy(() => import("./jobs/JobsPage"));
const CoveragePage = lazy(() => import("./coverage/CoveragePage"));
const SchedulesPage = lazy(() => import("./schedules/SchedulesPage"));
const ServicesPage = lazy(() => import("./services/ServicesPage"));

function Page() {
  const [page, item] = pathParts(useRoute().path);
  switch (page) {
    case "jobs":
      return item === undefined ? <JobsPage /> : <JobPage job={item} />;
    case "coverage":
      return <CoveragePage />;
    case "schedules":
      return <SchedulesPage schedule={item} />;
    case "services":
      return <ServicesPage />;
    default:
      return <DealersPage />;
  }
}

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
        <Suspense fallback={<TableSkeleton rows={8} />}>
          <Page />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

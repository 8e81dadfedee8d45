/* Frame and routes of the Admin Panel. */
import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense, lazy } from "react";
import { useTranslation } from "react-i18next";
import { pathParts } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { Brand } from "@shared/shell/Brand";
import { HeaderTools } from "@shared/shell/HeaderTools";
import { Outages } from "@shared/shell/Outages";
import { CONTENT_ID, SkipLink } from "@shared/shell/SkipLink";
import { may } from "@shared/session/useMay";
import { useSession } from "@shared/session/useSession";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { DealersPage } from "./dealers/DealersPage";
import { Navigation } from "./frame/Navigation";
import { pageOf } from "./frame/pages";

const JobPage = lazy(() => import("./jobs/JobPage"));
const JobsPage = lazy(() => import("./jobs/JobsPage"));
const CoveragePage = lazy(() => import("./coverage/CoveragePage"));
const SchedulesPage = lazy(() => import("./schedules/SchedulesPage"));
const AuditPage = lazy(() => import("./audit/AuditPage"));
const ConfigurationPage = lazy(() => import("./configuration/ConfigurationPage"));
const KeysPage = lazy(() => import("./keys/KeysPage"));
const LabelsPage = lazy(() => import("./labels/LabelsPage"));
const PersonsPage = lazy(() => import("./persons/PersonsPage"));
const QuarantinePage = lazy(() => import("./quarantine/QuarantinePage"));
const ServicesPage = lazy(() => import("./services/ServicesPage"));
const StandstillPage = lazy(() => import("./frame/Standstill"));
const UsersPage = lazy(() => import("./users/UsersPage"));

function Page() {
  const [part, item] = pathParts(useRoute().path);
  const session = useSession().data?.session;
  const page = pageOf(part);
  if (!page || !may(session, page.need)) {
    return <StandstillPage page={page} />;
  }
  switch (page.path) {
    case "jobs":
      return item === undefined ? <JobsPage /> : <JobPage job={item} />;
    case "coverage":
      return <CoveragePage />;
    case "schedules":
      return <SchedulesPage schedule={item} />;
    case "audit":
      return <AuditPage />;
    case "configuration":
      return <ConfigurationPage />;
    case "keys":
      return <KeysPage />;
    case "labels":
      return <LabelsPage />;
    case "persons":
      return <PersonsPage />;
    case "quarantine":
      return <QuarantinePage />;
    case "services":
      return <ServicesPage />;
    case "users":
      return <UsersPage />;
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
      <AppShell.Navbar p="sm" className={open ? undefined : "slid-away"} aria-label={t("shared:shell.navigation")}>
        <Navigation onChoose={close} />
      </AppShell.Navbar>
      <AppShell.Main id={CONTENT_ID} tabIndex={-1} style={{ outline: "none" }}>
        <Outages mb="md" />
        <Suspense fallback={<TableSkeleton rows={8} />}>
          <Page />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

/* Frame and routes of the Analytics Dashboard. */
import { ActionIcon, AppShell, Skeleton } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { Brand } from "@shared/shell/Brand";
import { HeaderTools } from "@shared/shell/HeaderTools";
import { Outages } from "@shared/shell/Outages";
import { CONTENT_ID, SkipLink } from "@shared/shell/SkipLink";
import { DashboardPage } from "./dashboard/DashboardPage";
import { useKiosk } from "./dashboard/useKiosk";
import { Drawers } from "./rows/Drawers";
import "./app.css";

const GroupPage = lazy(() => import("./group/GroupPage"));
const CoveragePage = lazy(() => import("./coverage/CoveragePage"));

const PAGES = [
  { path: "/", text: "nav.dashboard" },
  { path: "/group", text: "nav.group" },
  { path: "/coverage", text: "nav.coverage" },
] as const;

/** What one page hands on to the next. */
const COMMON = ["dealer", "dealers", "range", "from", "to", "compare"];

function Pages() {
  const { t } = useTranslation("analytics");
  const { path: here, params } = useRoute();
  const common = new URLSearchParams([...params].filter(([name]) => COMMON.includes(name)));
  return (
    <nav className="pages" aria-label={t("nav.label")}>
      {PAGES.map(({ path, text }) => (
        <a key={path} href={buildHash(path, common)} aria-current={path === here ? "page" : undefined}>
          {t(text)}
        </a>
      ))}
    </nav>
  );
}

export function App() {
  const { t } = useTranslation("analytics");
  const { kiosk } = useKiosk();
  const { path } = useRoute();
  const [searching, setSearching] = useState(false);
  useHotkeys([["/", () => setSearching(true)]]);
  return (
    <AppShell header={{ height: kiosk ? 0 : { base: 92, md: 56 } }} padding={0}>
      <SkipLink />
      {!kiosk && (
        <AppShell.Header>
          <div className="header">
            <Brand name={t("title")} />
            <Pages />
            <div className="tools">
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={t("nav.search")}
                aria-keyshortcuts="/"
                onClick={() => setSearching(true)}
              >
                <IconSearch size={19} aria-hidden />
              </ActionIcon>
              <HeaderTools />
            </div>
          </div>
        </AppShell.Header>
      )}
      <AppShell.Main id={CONTENT_ID} tabIndex={-1} style={{ outline: "none" }}>
        <Outages px="md" pt="md" />
        <Suspense fallback={<Skeleton h={360} m="md" />}>
          {path === "/group" ? <GroupPage /> : path === "/coverage" ? <CoveragePage /> : <DashboardPage />}
        </Suspense>
        <Drawers searching={searching} onSearched={() => setSearching(false)} />
      </AppShell.Main>
    </AppShell>
  );
}

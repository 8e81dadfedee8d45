/* Jobs: run one, watch those that run, look up those that ended, and how calls went day by day. */
import { Button, Group, Stack, Tabs } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { Suspense, lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";
import { useRights } from "@shared/session/useMay";
import { PageTitle } from "@shared/widgets/PageTitle";
import { TableSkeleton } from "@shared/widgets/ScrollTable";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { useAllDealers } from "../dealers/useDealers";
import { PauseBanner } from "../pauses/PauseBanner";
import { JobHistory } from "./JobHistory";
import { OpenJobs } from "./OpenJobs";
import type { RunSubject } from "./runForm";
import { useJobEvents } from "./useJobs";
import "./texts";

const RunJobModal = lazy(() => import("./RunJobModal"));
const PauseModal = lazy(() => import("../pauses/PauseModal"));
const JobStatistics = lazy(() => import("./JobStatistics"));

function Actions() {
  const { t } = useTranslation("admin");
  const { operate } = useRights();
  const [running, setRunning] = useState<RunSubject>();
  const [pausing, setPausing] = useState(false);
  if (!operate) {
    return null;
  }
  return (
    <Group gap="sm">
      <Button
        variant="default"
        leftSection={<IconPlayerPause size={16} aria-hidden />}
        onClick={() => setPausing(true)}
      >
        {t("pause.open")}
      </Button>
      <Button leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => setRunning({})}>
        {t("job.run")}
      </Button>
      <WhenNeeded subject={pausing || undefined}>
        <PauseModal opened={pausing} onClose={() => setPausing(false)} />
      </WhenNeeded>
      <WhenNeeded subject={running}>
        <RunJobModal subject={running} onClose={() => setRunning(undefined)} />
      </WhenNeeded>
    </Group>
  );
}

export default function JobsPage() {
  const { t } = useTranslation("admin");
  const { operate } = useRights();
  const { dealers, byCode } = useAllDealers();
  const [params, setParams] = useParams();
  const tab = params.get("tab") === "figures" ? "figures" : "jobs";
  useJobEvents();
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle title={t("job.title")} text={t("job.subtitle")} action={<Actions />} />
      <PauseBanner />
      <OpenJobs byCode={byCode} mayCancel={operate} />
      <Tabs
        value={tab}
        onChange={(next) => setParams((now) => writeParam(now, "tab", next === "figures" ? next : null))}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="jobs">{t("job.history")}</Tabs.Tab>
          <Tabs.Tab value="figures">{t("figures.tab")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="jobs">
          <JobHistory dealers={dealers} byCode={byCode} />
        </Tabs.Panel>
        <Tabs.Panel value="figures">
          <Suspense fallback={<TableSkeleton rows={8} />}>
            <JobStatistics dealers={dealers} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

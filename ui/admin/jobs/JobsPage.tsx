/* Jobs: run one, watch those that run, look up those that ended. `#/jobs/<id>` opens the details. */
import { Button, Stack } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { buildHash } from "@shared/route/hash";
import { navigate, useRoute } from "@shared/route/useRoute";
import { PageTitle } from "@shared/widgets/PageTitle";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { useAllDealers } from "../dealers/useDealers";
import { JobDrawer } from "./JobDrawer";
import { JobHistory } from "./JobHistory";
import { OpenJobs } from "./OpenJobs";
import type { RunSubject } from "./runForm";
import { useJobEvents } from "./useJobs";

const RunJobModal = lazy(() => import("./RunJobModal"));

export default function JobsPage({ job }: { job: string | undefined }) {
  const { t } = useTranslation("admin");
  const { params } = useRoute();
  const { dealers, byCode } = useAllDealers();
  const [running, setRunning] = useState<RunSubject>();
  useJobEvents();
  return (
    <Stack gap="md" maw={1280} mx="auto">
      <PageTitle
        title={t("job.title")}
        text={t("job.subtitle")}
        action={
          <Button
            leftSection={<IconPlayerPlay size={16} aria-hidden />}
            onClick={() => setRunning({})}
          >
            {t("job.run")}
          </Button>
        }
      />
      <OpenJobs byCode={byCode} />
      <JobHistory dealers={dealers} byCode={byCode} />
      <WhenNeeded subject={running}>
        <RunJobModal subject={running} onClose={() => setRunning(undefined)} />
      </WhenNeeded>
      <JobDrawer
        subject={job}
        byCode={byCode}
        onClose={() => navigate(buildHash("/jobs", params))}
      />
    </Stack>
  );
}

/* Jobs: run one, watch those that run, look up those that ended. `#/jobs/<id>` opens the details. */
import { Button, Stack } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useParams } from "react-router";
import { PageTitle } from "@shared/widgets/PageTitle";
import { useAllDealers } from "../dealers/useDealers";
import { JobDrawer } from "./JobDrawer";
import { JobHistory } from "./JobHistory";
import { OpenJobs } from "./OpenJobs";
import { RunJobModal } from "./RunJobModal";
import { useJobEvents } from "./useJobs";

export function JobsPage() {
  const { t } = useTranslation("admin");
  const { job } = useParams();
  const navigate = useNavigate();
  const { search } = useLocation();
  const { dealers, byCode } = useAllDealers();
  const [running, setRunning] = useState<{ dealer: string | undefined }>();
  useJobEvents();
  return (
    <Stack gap="md" maw={1280} mx="auto">
      <PageTitle
        title={t("job.title")}
        text={t("job.subtitle")}
        action={
          <Button
            leftSection={<IconPlayerPlay size={16} aria-hidden />}
            onClick={() => setRunning({ dealer: undefined })}
          >
            {t("job.run")}
          </Button>
        }
      />
      <OpenJobs byCode={byCode} />
      <JobHistory dealers={dealers} byCode={byCode} />
      <RunJobModal subject={running} onClose={() => setRunning(undefined)} />
      <JobDrawer
        subject={job}
        byCode={byCode}
        onClose={() => void navigate({ pathname: "/jobs", search })}
      />
    </Stack>
  );
}

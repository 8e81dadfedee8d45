/* Why nothing of a job can run at present, and until when. */
import { Alert } from "@mantine/core";
import { IconClockPause } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Job } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { isOpen } from "./progress";

export function WaitingNotice({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  if (!job.waiting_for || !isOpen(job.state) || job.tasks_leased > 0) {
    return null;
  }
  return (
    <Alert
      color="gray"
      variant="light"
      icon={<IconClockPause aria-hidden />}
      title={t("waiting.title")}
      data-waiting={job.waiting_for}
    >
      {t(`waiting.${job.waiting_for}`)}
      {job.waiting_until && <> {t("waiting.until", { when: format.moment(job.waiting_until) })}</>}
    </Alert>
  );
}

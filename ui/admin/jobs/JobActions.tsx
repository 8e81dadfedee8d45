/* What can be done with a job: cancelled while it is open, its failed calls run again once it is over. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Job } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { useRights } from "@shared/session/useMay";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { toastDone } from "@shared/widgets/toast";
import { isOpen } from "./progress";
import { useCancelJob, useRerun } from "./useJobs";

export function CancelJob({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const [asked, setAsked] = useState(false);
  const cancel = useCancelJob();
  const confirm = () => cancel.mutate(job.id, { onSuccess: () => setAsked(false) });
  return (
    <>
      <Button
        size="xs"
        variant="default"
        loading={job.cancelling ?? false}
        onClick={() => setAsked(true)}
      >
        {t("job.cancel")}
      </Button>
      <Modal
        opened={asked}
        onClose={() => setAsked(false)}
        title={t("job.cancelTitle")}
        closeButtonProps={{ "aria-label": t("form.close") }}
      >
        <Stack gap="md">
          <Text size="sm">{t("job.cancelText")}</Text>
          {cancel.error && <ErrorNotice error={cancel.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsked(false)} data-autofocus>
              {t("job.cancelNot")}
            </Button>
            <Button color="red.9" onClick={confirm} loading={cancel.isPending}>
              {t("job.cancel")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function RerunJob({ job }: { job: Job }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const rerun = useRerun();
  const run = () =>
    rerun.mutate({ job_id: job.id }, {
      onSuccess: (found) =>
        toastDone(t("job.rerunDone", { count: found.tasks, n: format.count(found.tasks) })),
    });
  return (
    <Stack gap="xs">
      <Button size="xs" variant="default" onClick={run} loading={rerun.isPending}>
        {t("job.rerun")}
      </Button>
      {rerun.error && <ErrorNotice error={rerun.error} />}
    </Stack>
  );
}

export function JobActions({ job }: { job: Job }) {
  const { operate, whole } = useRights();
  if (isOpen(job.state)) {
    return operate ? <CancelJob job={job} /> : null;
  }
  return job.tasks_failed > 0 && operate && whole ? <RerunJob job={job} /> : null;
}

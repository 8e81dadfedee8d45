/* What is paused, by whom and since when, with a way to go on. Nothing while nothing is paused. */
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pause } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { toastDone } from "@shared/widgets/toast";
import { useAllDealers } from "../dealers/useDealers";
import { useFeeds } from "../jobs/feeds";
import { useFaultToast } from "../jobs/useFaultToast";
import { usePauses, useResume } from "./usePauses";

const SHOWN = 3;

function useSubject() {
  const { t } = useTranslation("admin");
  const feeds = useFeeds();
  const { byCode } = useAllDealers();
  return ({ scope, target }: Pause): string => {
    const names: Partial<Record<Pause["scope"], string>> = {
      dealer: byCode.get(target)?.dealer_name ?? target,
      feed: feeds.name(target),
    };
    return t(`pause.what.${scope}`, { name: names[scope] ?? target });
  };
}

function PauseItem({ pause }: { pause: Pause }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const toastFault = useFaultToast();
  const resume = useResume();
  const subject = useSubject()(pause);
  const go = () =>
    resume.mutate(pause, {
      onSuccess: () => toastDone(t("pause.resumed")),
      onError: toastFault,
    });
  return (
    <Group justify="space-between" gap="xs" data-pause={`${pause.scope} ${pause.target}`.trim()}>
      <Stack gap={0} flex="1 1 220px" miw={0}>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {subject}
        </Text>
        <Text size="xs" style={{ overflowWrap: "anywhere" }}>
          {t("schedule.pausedBy", { who: pause.paused_by, when: format.moment(pause.paused_at) })}
          {pause.reason && ` – ${pause.reason}`}
        </Text>
      </Stack>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconPlayerPlay size={14} aria-hidden />}
        loading={resume.isPending}
        onClick={go}
        aria-label={t("pause.resumeOf", { what: subject })}
      >
        {t("pause.resume")}
      </Button>
    </Group>
  );
}

export function PauseBanner() {
  const { t } = useTranslation("admin");
  const [all, setAll] = useState(false);
  const pauses = usePauses().data?.items ?? [];
  if (pauses.length === 0) {
    return null;
  }
  const shown = all ? pauses : pauses.slice(0, SHOWN);
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconPlayerPause aria-hidden />}
      title={t("pause.title", { count: pauses.length })}
      data-pauses={pauses.length}
    >
      <Stack gap="sm">
        {shown.map((pause) => (
          <PauseItem key={`${pause.scope} ${pause.target}`} pause={pause} />
        ))}
        {shown.length < pauses.length && (
          <Button size="compact-sm" variant="subtle" onClick={() => setAll(true)} style={{ alignSelf: "flex-start" }}>
            {t("pause.more", { count: pauses.length - shown.length })}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

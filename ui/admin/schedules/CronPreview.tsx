/* What an expression means, in words, and when it would run; or what is wrong with it. */
import { Alert, Group, List, Stack, Text } from "@mantine/core";
import { IconAlertCircle, IconCalendarClock } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@shared/api/client";
import { useFormat } from "@shared/format/useFormat";
import { useErrorText } from "@shared/widgets/ErrorNotice";
import { Soon } from "@shared/widgets/Soon";
import { useCronWords } from "./useCronWords";
import { usePreview } from "./useSchedules";

interface Props {
  cron: string | undefined;
  zone: string;
}

export function CronPreview({ cron, zone }: Props) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const textOf = useErrorText();
  const words = useCronWords();
  const query = usePreview(cron, zone);
  if (query.isError) {
    const said = query.error instanceof ApiError ? query.error.fields.map((one) => one.text) : [];
    return (
      <Alert color="red" variant="light" icon={<IconAlertCircle aria-hidden />} role="alert" data-preview="wrong">
        {said.length > 0 ? said.join(" ") : textOf(query.error)}
      </Alert>
    );
  }
  if (cron === undefined || !query.data) {
    return null;
  }
  return (
    <Alert color="gray" variant="light" icon={<IconCalendarClock aria-hidden />} data-preview="good">
      <Stack gap={6}>
        <Text size="sm" fw={600}>
          {words(query.data.cron, query.data.zone)}
        </Text>
        <Text size="xs" c="dimmed">
          {t("schedule.nextFive")}
        </Text>
        <List size="sm" listStyleType="none" className="figures">
          {query.data.next_runs.map((run) => (
            <List.Item key={run.at}>
              <Group gap="xs">
                <span>{format.moment(run.local)}</span>
                <Text span size="xs" c="dimmed">
                  <Soon at={run.at} />
                </Text>
              </Group>
            </List.Item>
          ))}
        </List>
      </Stack>
    </Alert>
  );
}

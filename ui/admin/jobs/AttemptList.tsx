/* The tries of one task: outcome, what the upstream answered, and where the time went. */
import { Code, Group, Loader, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Attempt, Task } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { ErrorMeaning } from "./ErrorMeaning";
import { JobStateBadge } from "./JobWords";
import { useAttempts } from "./useJobs";

const TIMES = [
  ["dns_ms", "attempt.dns"],
  ["connect_ms", "attempt.connect"],
  ["first_byte_ms", "attempt.firstByte"],
  ["total_ms", "attempt.total"],
] as const;

function AttemptItem({ attempt }: { attempt: Attempt }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const times = TIMES.filter(([name]) => attempt[name] !== undefined).map(([name, text]) =>
    t(text, { ms: format.count(attempt[name] ?? 0) }),
  );
  const facts = [
    attempt.http_status ? t("attempt.http", { status: attempt.http_status }) : "",
    attempt.bytes ? format.bytes(attempt.bytes) : "",
    ...times,
    attempt.fetcher ?? "",
  ].filter(Boolean);
  return (
    <Stack gap={4} component="li">
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {t("attempt.number", { n: attempt.number })}
        </Text>
        <JobStateBadge state={attempt.outcome} />
        <Text size="xs" c="dimmed">
          {format.moment(attempt.started_at)}
        </Text>
      </Group>
      {attempt.error_code && (
        <Text size="sm">
          <Code>{attempt.error_code}</Code> {attempt.error_text}
        </Text>
      )}
      {attempt.error_code && <ErrorMeaning code={attempt.error_code} />}
      <Text size="xs" c="dimmed" className="figures">
        {facts.join(" · ")}
      </Text>
      {attempt.body_head && (
        <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {attempt.body_head}
        </Code>
      )}
    </Stack>
  );
}

export function AttemptList({ task }: { task: Task }) {
  const { t } = useTranslation("admin");
  const query = useAttempts(task);
  if (query.isPending) {
    return <Loader size="sm" aria-label={t("attempt.loading")} />;
  }
  if (query.isError) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.data.items.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("attempt.none")}
      </Text>
    );
  }
  return (
    <Stack gap="sm" component="ol" m={0} p={0} style={{ listStyle: "none" }}>
      {query.data.items.map((attempt) => (
        <AttemptItem key={attempt.number} attempt={attempt} />
      ))}
    </Stack>
  );
}

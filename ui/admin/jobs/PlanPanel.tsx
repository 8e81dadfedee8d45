/* What a job would do, told by the planner before it is started: calls, quota, days, warnings. */
import { Alert, Anchor, Collapse, Group, List, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconListDetails } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Plan } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";

const SHOWN_CALLS = 10;

function Calls({ plan }: { plan: Plan }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const [open, { toggle }] = useDisclosure(false);
  const shown = plan.items.slice(0, SHOWN_CALLS);
  const more = plan.calls - shown.length;
  return (
    <>
      <Anchor component="button" type="button" size="xs" onClick={toggle} aria-expanded={open}>
        {t(open ? "plan.hideCalls" : "plan.showCalls")}
      </Anchor>
      <Collapse expanded={open}>
        <List size="xs" listStyleType="none" className="figures">
          {shown.map((call) => (
            <List.Item key={`${call.dealer_ids.join()} ${call.feed} ${call.from}`}>
              {call.dealer_ids.join(", ")} · {format.window(call.from, call.to)}
            </List.Item>
          ))}
          {more > 0 && <List.Item>{t("plan.more", { count: more, n: format.count(more) })}</List.Item>}
        </List>
      </Collapse>
    </>
  );
}

function useFacts(plan: Plan): string[] {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const sum = (name: "stored" | "failed" | "pending" | "lost") =>
    plan.skipped.reduce((all, one) => all + one[name], 0);
  const skipped = (["stored", "failed", "pending", "lost"] as const)
    .filter((name) => sum(name) > 0)
    .map((name) => t(`plan.skipped.${name}`, { count: sum(name), n: format.count(sum(name)) }));
  const quotas = plan.credentials
    .filter((one) => one.quota !== undefined)
    .map((one) =>
      t("plan.quota", {
        upstream: one.upstream,
        calls: format.count(one.calls),
        left: format.count(one.quota_left ?? 0),
        quota: format.count(one.quota ?? 0),
      }),
    );
  const windows = plan.credentials.map((one) => one.window_days);
  return [
    plan.days === undefined
      ? t("plan.never")
      : plan.days <= 1
        ? t("plan.today")
        : t("plan.days", { count: plan.days }),
    windows.length > 0 ? t("plan.window", { count: Math.max(...windows) }) : "",
    ...(quotas.length > 0 ? quotas : [t("plan.noQuota")]),
    ...skipped,
  ].filter(Boolean);
}

export function PlanPanel({ plan }: { plan: Plan }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const facts = useFacts(plan);
  const warnings = [...new Set(plan.warnings.map((warning) => warning.code))];
  return (
    <Stack gap="xs" aria-live="polite" data-plan={plan.calls}>
      <Alert color="gray" variant="light" icon={<IconListDetails aria-hidden />}>
        <Stack gap={4} align="flex-start">
          <Group gap="xs">
            <Text size="sm" fw={600} className="figures">
              {t("run.calls", { count: plan.calls, n: format.count(plan.calls) })}
            </Text>
          </Group>
          {plan.calls > 0 && (
            <Text size="xs" className="figures">
              {facts.join(" · ")}
            </Text>
          )}
          {plan.items.length > 0 && <Calls plan={plan} />}
        </Stack>
      </Alert>
      {warnings.length > 0 && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden />} data-warnings>
          <List size="sm" listStyleType="none">
            {warnings.map((code) => (
              <List.Item key={code}>{t(`plan.warnings.${code}`)}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  );
}

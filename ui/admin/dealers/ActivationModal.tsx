/* Asks before a dealer is switched off or on, and says what that means. */
import { Alert, Button, Group, List, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { useChangeDealer } from "./useDealers";
import { useStops } from "./useStops";

interface Props {
  /** The dealer in question; nothing while closed. */
  subject: Dealer | undefined;
  onClose: () => void;
}

/** What switching a dealer off stops. */
function Preview({ code }: { code: string }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const { data, error, refetch } = useStops(code);
  if (error) {
    return <ErrorNotice error={error} onRetry={() => void refetch()} />;
  }
  if (!data) {
    return <Skeleton h={56} aria-hidden />;
  }
  const n = format.count(data.jobs) + (data.moreJobs ? "+" : "");
  const lines = [
    data.jobs > 0 && t("stops.jobs", { count: data.jobs, n }),
    data.schedules.length > 0 &&
      t("stops.schedules", { count: data.schedules.length, list: data.schedules.join(", ") }),
    ...data.freshness.map((target) =>
      t("stops.freshness", { time: format.duration(target.minutes * 60) }),
    ),
  ].filter((line) => typeof line === "string");
  return (
    <Alert color={lines.length > 0 ? "orange" : "gray"} variant="light" data-stops={lines.length}>
      {lines.length === 0 ? (
        t("stops.nothing")
      ) : (
        <List size="sm" spacing={4}>
          {lines.map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}

export default function ActivationModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const change = useChangeDealer();
  const dealer = useKept(subject);
  const off = dealer?.is_active ?? false;
  const close = () => {
    change.reset();
    onClose();
  };
  const confirm = () => {
    if (dealer) {
      change.mutate(
        { code: dealer.dealer_id, change: { is_active: !dealer.is_active } },
        {
          onSuccess: () => {
            const text = off ? "dealer.deactivated" : "dealer.activated";
            toastDone(t(text, { name: dealer.dealer_name }));
            close();
          },
        },
      );
    }
  };
  return (
    <Modal
      opened={subject !== undefined}
      onClose={close}
      title={t(off ? "dealer.deactivateTitle" : "dealer.activateTitle", {
        name: dealer?.dealer_name ?? "",
      })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <Stack gap="md">
        <Text size="sm">{t(off ? "dealer.deactivateText" : "dealer.activateText")}</Text>
        {off && subject && <Preview code={subject.dealer_id} />}
        {change.error && <ErrorNotice error={change.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {t("form.cancel")}
          </Button>
          <Button color={off ? "red.9" : undefined} onClick={confirm} loading={change.isPending}>
            {t(off ? "dealer.deactivate" : "dealer.activate")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

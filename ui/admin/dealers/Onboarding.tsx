/*
 * The second step of adding a dealer: its connection is tested at once with what was just stored, and it is
 * switched on by hand when that is seen to work.
 */
import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { toastDone } from "@shared/widgets/toast";
import { Checklist, ChecklistToCome } from "./Checklist";
import { useChangeDealer, useTestDealer } from "./useDealers";

interface Props {
  dealer: Dealer;
  onEdit: () => void;
  onClose: () => void;
}

export function Onboarding({ dealer, onEdit, onClose }: Props) {
  const { t, i18n } = useTranslation("admin");
  const { mutate, data, error, isPending } = useTestDealer();
  const change = useChangeDealer();
  const { dealer_id: code, dealer_name: name } = dealer;
  const lang = i18n.language === "id" ? "id" : "en";
  useEffect(() => mutate({ code, lang }), [mutate, code, lang]);
  const switchOn = () =>
    change.mutate(
      { code, change: { is_active: true } },
      {
        onSuccess: () => {
          toastDone(t("dealer.activated", { name }));
          onClose();
        },
      },
    );
  return (
    <Stack gap="md">
      <Text size="sm">{t(isPending ? "onboarding.running" : "onboarding.stored", { name })}</Text>
      {error && <ErrorNotice error={error} onRetry={() => mutate({ code, lang })} busy={isPending} />}
      {isPending && <ChecklistToCome />}
      {data && !isPending && <Checklist found={data} />}
      {change.error && <ErrorNotice error={change.error} />}
      <Group justify="space-between">
        <Button variant="subtle" onClick={onEdit} disabled={isPending}>
          {t("onboarding.edit")}
        </Button>
        <Group gap="sm">
          <Button variant="default" onClick={onClose}>
            {t("onboarding.later")}
          </Button>
          {data && !data.ok ? (
            <Button onClick={() => mutate({ code, lang })} loading={isPending}>
              {t("test.again")}
            </Button>
          ) : (
            <Button onClick={switchOn} disabled={!data?.ok || isPending} loading={change.isPending}>
              {t("onboarding.switchOn")}
            </Button>
          )}
        </Group>
      </Group>
    </Stack>
  );
}

/* Keys of programs: made and shown once, replaced with an overlap, taken back. */
import { Button, Paper, Stack } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiKey } from "@shared/api/types";
import { ConfirmModal } from "@shared/widgets/ConfirmModal";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ListState } from "@shared/widgets/ListState";
import { LoadMore } from "@shared/widgets/LoadMore";
import { PageTitle } from "@shared/widgets/PageTitle";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { KeyTable } from "./KeyTable";
import { useKeys, useRevokeKey } from "./useKeys";
import "../manage/texts";

const KeyModal = lazy(() => import("./KeyModal"));
const RotateModal = lazy(() => import("./RotateModal"));

function RevokeQuestion({ subject, onClose }: { subject: ApiKey | undefined; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const revoke = useRevokeKey();
  const name = useKept(subject)?.name ?? "";
  const close = () => {
    revoke.reset();
    onClose();
  };
  const confirm = () =>
    subject &&
    revoke.mutate(subject.id, {
      onSuccess: () => {
        toastDone(t("key.revoked", { name }));
        close();
      },
    });
  return (
    <ConfirmModal
      opened={subject !== undefined}
      title={t("key.revokeTitle", { name })}
      text={t("key.revokeText")}
      action={t("key.revoke")}
      danger
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={confirm}
      onClose={close}
    />
  );
}

export default function KeysPage() {
  const { t } = useTranslation("admin");
  const query = useKeys();
  const [adding, setAdding] = useState<true>();
  const [rotating, setRotating] = useState<ApiKey>();
  const [revoking, setRevoking] = useState<ApiKey>();
  const keys = query.data?.pages.flatMap((page) => page.items) ?? [];
  const add = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
      {t("key.add")}
    </Button>
  );
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle title={t("key.title")} text={t("key.subtitle")} action={add} />
      <Paper withBorder radius="lg" p="md">
        <ListState
          query={query}
          count={keys.length}
          empty={
            <EmptyState icon={<IconKey size={22} />} title={t("key.none")} text={t("key.noneHint")} />
          }
        >
          <KeyTable keys={keys} onRotate={setRotating} onRevoke={setRevoking} />
        </ListState>
        <LoadMore
          shown={query.hasNextPage}
          busy={query.isFetchingNextPage}
          onMore={() => void query.fetchNextPage()}
        />
      </Paper>
      <WhenNeeded subject={adding}>
        <KeyModal subject={adding} onClose={() => setAdding(undefined)} />
      </WhenNeeded>
      <WhenNeeded subject={rotating}>
        <RotateModal subject={rotating} onClose={() => setRotating(undefined)} />
      </WhenNeeded>
      <RevokeQuestion subject={revoking} onClose={() => setRevoking(undefined)} />
    </Stack>
  );
}

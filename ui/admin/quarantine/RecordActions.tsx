/* What can be done with records: stored anew after a fix, or dismissed; the chosen ones, or all that match. */
import { Alert, Anchor, Button, Group, TextInput } from "@mantine/core";
import { IconRefresh, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { Job } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { ConfirmModal } from "@shared/widgets/ConfirmModal";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import { REASON, reasonFits } from "./quarantineFilter";
import { useDismiss, useReplay, type Reach } from "./useQuarantine";

interface Props {
  chosen: Set<number>;
  /** What names all that match the filters; nothing where it can't be named. */
  whole: Reach | undefined;
  onDone: () => void;
}

interface Asked {
  what: "replay" | "dismiss";
  reach: Reach;
  /** How many were chosen; nothing for all that match. */
  count: number | undefined;
}

function Question({ asked, onReplayed, onDone, onClose }: { asked: Asked | undefined; onReplayed: (job: Job) => void; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const replay = useReplay();
  const dismiss = useDismiss();
  const [why, setWhy] = useState("");
  const shown = useKept(asked);
  const what = shown?.what ?? "replay";
  const count = shown?.count;
  const { fields } = sortErrors(dismiss.error, { why: "why" });
  const close = () => {
    setWhy("");
    replay.reset();
    dismiss.reset();
    onClose();
  };
  const done = () => {
    onDone();
    close();
  };
  const confirm = () => {
    if (asked?.what === "replay") {
      replay.mutate(asked.reach, {
        onSuccess: (job) => {
          onReplayed(job);
          done();
        },
      });
    } else if (asked) {
      dismiss.mutate({ ...asked.reach, why: why.trim() }, {
        onSuccess: ({ count: n }) => {
          toastDone(t("aside.dismissDone", { count: n, n: format.count(n) }));
          done();
        },
      });
    }
  };
  return (
    <ConfirmModal
      opened={asked !== undefined}
      title={
        count === undefined
          ? t(`aside.${what}AllTitle`)
          : t(`aside.${what}Title`, { count, n: format.count(count) })
      }
      text={t(`aside.${what}Text`)}
      action={t(`aside.${what}`)}
      danger={what === "dismiss"}
      busy={replay.isPending || dismiss.isPending}
      error={fields.why ? undefined : (replay.error ?? dismiss.error)}
      disabled={what === "dismiss" && !reasonFits(why)}
      onConfirm={confirm}
      onClose={close}
    >
      {what === "dismiss" && (
        <TextInput
          label={t("aside.dismissWhy")}
          description={t("aside.dismissWhyHint")}
          maxLength={REASON.most}
          autoComplete="off"
          required
          value={why}
          onChange={(event) => setWhy(event.currentTarget.value)}
          error={fields.why}
          data-autofocus
        />
      )}
    </ConfirmModal>
  );
}

export function RecordActions({ chosen, whole, onDone }: Props) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const [asked, setAsked] = useState<Asked>();
  const [job, setJob] = useState<Job>();
  const count = chosen.size > 0 ? chosen.size : undefined;
  const reach = count === undefined ? whole : { ids: [...chosen].map(String) };
  const word = (what: "replay" | "dismiss") =>
    count === undefined
      ? t(`aside.${what}All`)
      : t(`aside.${what}Chosen`, { count, n: format.count(count) });
  const ask = (what: "replay" | "dismiss") => () => reach && setAsked({ what, reach, count });
  return (
    <>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden />}
          disabled={!reach}
          onClick={ask("replay")}
        >
          {word("replay")}
        </Button>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconTrash size={14} aria-hidden />}
          disabled={!reach}
          onClick={ask("dismiss")}
        >
          {word("dismiss")}
        </Button>
      </Group>
      {job && (
        <Alert
          color="teal"
          variant="light"
          role="status"
          withCloseButton
          closeButtonLabel={t("form.close")}
          onClose={() => setJob(undefined)}
          w="100%"
        >
          {t("aside.replayDone")}{" "}
          <Anchor href={buildHash(`/jobs/${job.id}`)} size="sm">
            {t("aside.toJob")}
          </Anchor>
        </Alert>
      )}
      <Question
        asked={asked}
        onReplayed={setJob}
        onDone={onDone}
        onClose={() => setAsked(undefined)}
      />
    </>
  );
}

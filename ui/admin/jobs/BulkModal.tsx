/*
 * Runs again what failed, or cancels what is open, of all jobs that a filter finds: they are counted, then one
 * order does it on the server. Where that takes a while it is shown how far it is.
 */
import { Anchor, Group, Button, Loader, Modal, Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Bulk } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { toastDone } from "@shared/widgets/toast";
import { useKept } from "@shared/widgets/useKept";
import type { JobFilter } from "./jobFilter";
import { useBulk, useBulkCount } from "./useJobs";

type Action = Bulk["action"];

const REASONS = ["ended", "cancelling", "stored", "pending", "lost", "gone"] as const;

interface FormProps {
  action: Action;
  filter: JobFilter;
  onClose: () => void;
}

/** What is left out, and why. */
function LeftOut({ of }: { of: Bulk }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const list = REASONS.filter((name) => of[name] > 0).map((name) =>
    t(`bulk.left.${name}`, { count: of[name], n: format.count(of[name]) }),
  );
  return list.length === 0 ? null : (
    <Text size="sm" c="dimmed">
      {t("bulk.leftOut", { list: list.join(", ") })}
    </Text>
  );
}

function Counted({ of, nothing }: { of: Bulk; nothing: boolean }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const says = (key: "calls" | "ofJobs" | "cancelJobs" | "most", count: number) =>
    t(`bulk.${key}`, { count, n: format.count(count) });
  if (nothing) {
    return <Text size="sm">{t(`bulk.nothing.${of.action}`)}</Text>;
  }
  return (
    <>
      <Text size="sm">{of.action === "cancel" ? says("cancelJobs", of.jobs) : says("calls", of.calls)}</Text>
      {of.action === "rerun" && (
        <Text size="sm" c="dimmed">
          {says("ofJobs", of.jobs)}
        </Text>
      )}
      {of.more && (
        <Text size="sm" c="dimmed">
          {says("most", of.jobs)}
        </Text>
      )}
    </>
  );
}

/** What was done: in the notice that stays when the dialog closes, and in the dialog where it takes longer. */
function useResult() {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (of: Bulk) =>
    of.action === "cancel"
      ? t("bulk.cancelled", { count: of.accepted, n: format.count(of.accepted) })
      : t("job.rerunDone", { count: of.calls, n: format.count(of.calls) });
}

interface ToldProps {
  of: Bulk;
  /** Reads how far it is. */
  rest: ReturnType<typeof useBulk>["rest"];
  onClose: () => void;
}

function Told({ of, rest, onClose }: ToldProps) {
  const { t } = useTranslation("admin");
  const { params } = useRoute();
  const format = useFormat();
  const resultOf = useResult();
  const running = of.state === "running";
  const progress = t("bulk.progress", { done: of.looked_at, total: of.jobs });
  const [job, another] = of.made;
  return (
    <Stack gap="md" data-bulk-state={rest.error ? "unknown" : of.state}>
      <Text size="sm" role="status">
        {running ? progress : resultOf(of)}
      </Text>
      {rest.error && (
        <ErrorNotice error={rest.error} onRetry={() => void rest.refetch()} busy={rest.isFetching} />
      )}
      {of.state === "given_up" && (
        <Text size="sm" fw={500} role="alert">
          {t("bulk.givenUp", { count: of.jobs - of.looked_at, n: format.count(of.jobs - of.looked_at) })}
        </Text>
      )}
      {running && !rest.error && (
        <>
          <Progress value={(of.looked_at / Math.max(1, of.jobs)) * 100} aria-label={progress} />
          <Text size="sm" c="dimmed">
            {t("bulk.goesOn")}
          </Text>
        </>
      )}
      <LeftOut of={of} />
      <Group justify="flex-end">
        {job && (
          <Anchor size="sm" href={buildHash(another ? "/jobs" : `/jobs/${job}`, params)}>
            {t("bulk.made", { count: of.made.length })}
          </Anchor>
        )}
        <Button variant="default" onClick={onClose} data-autofocus>
          {t("form.close")}
        </Button>
      </Group>
    </Stack>
  );
}

/** Nothing more is to be said than fits a notice. */
function isPlain(of: Bulk): boolean {
  return of.state === "done" && of.ended + of.cancelling === 0 && (of.action === "cancel" || of.calls > 0);
}

function Form({ action, filter, onClose }: FormProps) {
  const { t } = useTranslation("admin");
  const resultOf = useResult();
  const count = useBulkCount(action, filter);
  const { order, rest, told } = useBulk(action, filter);
  if (told && !(order.data && isPlain(order.data))) {
    return <Told of={told} rest={rest} onClose={onClose} />;
  }
  if (count.isPending) {
    return <Loader size="sm" aria-label={t("bulk.counting")} />;
  }
  if (count.isError) {
    return <ErrorNotice error={count.error} onRetry={() => void count.refetch()} />;
  }
  const found = count.data;
  const nothing = found.jobs === 0 || (action === "rerun" && found.calls === 0);
  const go = () =>
    order.mutate(found.jobs, {
      onSuccess: (done) => {
        if (isPlain(done)) {
          toastDone(resultOf(done));
          onClose();
        }
      },
    });
  const again = () => {
    order.reset();
    void count.refetch();
  };
  return (
    <Stack gap="md" data-bulk={action === "cancel" ? found.jobs : found.calls}>
      <Counted of={found} nothing={nothing} />
      <LeftOut of={found} />
      {order.error && (
        <ErrorNotice error={order.error} onRetry={again} undone={t("bulk.countAgain")} busy={count.isFetching} />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t(nothing ? "form.close" : "form.cancel")}
        </Button>
        {!nothing && (
          <Button color={action === "cancel" ? "red.9" : undefined} loading={order.isPending} onClick={go}>
            {t(action === "cancel" ? "bulk.cancelGo" : "bulk.rerunGo")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

interface Props {
  subject: Action | undefined;
  filter: JobFilter;
  onClose: () => void;
}

export default function BulkModal({ subject, filter, onClose }: Props) {
  const { t } = useTranslation("admin");
  const action = useKept(subject);
  return (
    <Modal
      opened={subject !== undefined}
      onClose={onClose}
      title={action && t(action === "cancel" ? "bulk.cancel" : "bulk.rerun")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {action && <Form action={action} filter={filter} onClose={onClose} />}
    </Modal>
  );
}

/* Goes through the chain of hashes and says what it found. */
import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { IconShieldCheck } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AuditVerdict } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { CopyField } from "@shared/widgets/CopyField";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { useVerifyAudit } from "./useAudit";

function Verdict({ verdict }: { verdict: AuditVerdict }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  if (!verdict.whole) {
    return (
      <Alert color="red" variant="light" role="status" title={t("audit.broken")} data-verdict="broken">
        {t("audit.brokenAt", { n: format.count(verdict.broken_at ?? 0), why: verdict.why ?? "" })}
      </Alert>
    );
  }
  return (
    <>
      <Alert color="teal" variant="light" role="status" title={t("audit.sound")} data-verdict="whole">
        {t("audit.links", { count: verdict.links, n: format.count(verdict.links) })}
      </Alert>
      {verdict.head && (
        <>
          <CopyField label={t("audit.head")} text={verdict.head} />
          <Text size="sm" c="dimmed">
            {t("audit.headHint")}
          </Text>
        </>
      )}
    </>
  );
}

export function VerifyButton() {
  const { t } = useTranslation("admin");
  const verify = useVerifyAudit();
  const [open, setOpen] = useState(false);
  const start = () => {
    setOpen(true);
    verify.mutate();
  };
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconShieldCheck size={16} aria-hidden />}
        onClick={start}
      >
        {t("audit.verify")}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t("audit.verifyTitle")}
        closeButtonProps={{ "aria-label": t("form.close") }}
      >
        <Stack gap="md">
          {verify.isPending && <Text size="sm">{t("audit.verifying")}</Text>}
          {verify.error && <ErrorNotice error={verify.error} onRetry={() => verify.mutate()} />}
          {verify.data && !verify.isPending && <Verdict verdict={verify.data} />}
        </Stack>
      </Modal>
    </>
  );
}

/* Replaces a key: the old one goes on for a while, so that nobody is cut off. */
import { Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiKey } from "@shared/api/types";
import { useFormat, useNow } from "@shared/format/useFormat";
import { ErrorNotice } from "@shared/widgets/ErrorNotice";
import { useKept } from "@shared/widgets/useKept";
import { KeyOnce } from "./KeyOnce";
import { MAX, goodUntil } from "./keyForm";
import { useRotateKey } from "./useKeys";

const USUAL_HOURS = 24;

interface Props {
  subject: ApiKey | undefined;
  onClose: () => void;
}

export default function RotateModal({ subject, onClose }: Props) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const now = useNow();
  const old = useKept(subject);
  const rotate = useRotateKey();
  const [hours, setHours] = useState<number | string>(USUAL_HOURS);
  const made = rotate.data;
  const whole = typeof hours === "number" && Number.isInteger(hours) ? hours : undefined;
  const until = old && whole !== undefined ? format.moment(goodUntil(old, whole, now)) : "";
  const close = () => {
    rotate.reset();
    setHours(USUAL_HOURS);
    onClose();
  };
  return (
    <Modal
      opened={subject !== undefined}
      onClose={close}
      title={t(made ? "key.onceTitle" : "key.rotateTitle", { name: old?.name ?? "" })}
      size="lg"
      withCloseButton={!made}
      closeOnEscape={!made}
      closeOnClickOutside={!made}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {made ? (
        <KeyOnce made={made} onClose={close}>
          <Text size="sm">
            {whole === 0 ? t("key.oldOver", { id: old?.id }) : t("key.oldUntil", { id: old?.id, when: until })}
          </Text>
        </KeyOnce>
      ) : (
        <Stack gap="md">
          <Text size="sm">{t("key.rotateText")}</Text>
          <NumberInput
            label={t("key.overlap")}
            description={
              whole === 0 ? t("key.overlapNone") : until && t("key.oldUntil", { id: old?.id, when: until })
            }
            min={0}
            max={MAX.overlap}
            allowDecimal={false}
            clampBehavior="strict"
            value={hours}
            onChange={setHours}
            data-autofocus
          />
          {rotate.error && <ErrorNotice error={rotate.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t("form.cancel")}
            </Button>
            <Button
              loading={rotate.isPending}
              disabled={whole === undefined}
              onClick={() => old && whole !== undefined && rotate.mutate({ id: old.id, hours: whole })}
            >
              {t("key.rotate")}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

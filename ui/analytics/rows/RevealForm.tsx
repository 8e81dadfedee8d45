/* Asks why names are wanted in full, and says that it is kept. The reason stays here, and not in the URL. */
import { Alert, Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconEye, IconEyeOff } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

const LEAST = 5;
const MOST = 200;

interface Props {
  /** Why names are shown in full; absent while they are masked. */
  reason: string | undefined;
  /** They are being read. */
  busy: boolean;
  onReason: (reason: string | undefined) => void;
}

export function RevealForm({ reason, busy, onReason }: Props) {
  const { t } = useTranslation("analytics");
  const [asking, setAsking] = useState(false);
  const [text, setText] = useState("");
  const short = text.trim().length < LEAST;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // What was written stays until names are shown: the server may refuse it.
    if (!short) {
      onReason(text.trim());
    }
  };
  const hide = () => {
    setAsking(false);
    setText("");
    onReason(undefined);
  };
  if (reason !== undefined) {
    return (
      <Alert color="yellow" variant="light" icon={<IconEye aria-hidden />} role="status" data-revealed>
        <Group justify="space-between" gap="sm">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {t("reveal.shown", { reason })}
          </Text>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconEyeOff size={14} aria-hidden />}
            onClick={hide}
          >
            {t("reveal.hide")}
          </Button>
        </Group>
      </Alert>
    );
  }
  if (!asking) {
    return (
      <Button
        size="xs"
        variant="default"
        leftSection={<IconEye size={14} aria-hidden />}
        onClick={() => setAsking(true)}
        style={{ alignSelf: "flex-start" }}
      >
        {t("reveal.open")}
      </Button>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput
          label={t("reveal.reason")}
          description={t("reveal.hint")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={text !== "" && short ? t("reveal.short") : undefined}
          maxLength={MOST}
          autoComplete="off"
          autoFocus
        />
        <Group gap="xs">
          <Button type="submit" size="xs" disabled={short} loading={busy}>
            {t("reveal.submit")}
          </Button>
          <Button size="xs" variant="subtle" onClick={hide}>
            {t("reveal.cancel")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/* A text that is shown once, to be copied: it selects itself, and a button copies it. */
import { ActionIcon, CopyButton, TextInput, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

export function CopyField({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation("shared");
  return (
    <TextInput
      label={label}
      value={text}
      readOnly
      onFocus={(event) => event.currentTarget.select()}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
      rightSection={
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Tooltip label={t(copied ? "copy.done" : "copy.do")}>
              <ActionIcon
                variant="subtle"
                color={copied ? "teal" : "gray"}
                onClick={copy}
                aria-label={t(copied ? "copy.done" : "copy.do")}
              >
                {copied ? <IconCheck size={18} aria-hidden /> : <IconCopy size={18} aria-hidden />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      }
    />
  );
}

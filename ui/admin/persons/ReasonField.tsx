/* Why something is done with somebody's data; it goes into the audit trail. */
import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { MAX } from "./personForm";

interface Props {
  value: string;
  onChange: (reason: string) => void;
  error?: string | undefined;
  disabled?: boolean;
}

export function ReasonField({ value, onChange, error, disabled = false }: Props) {
  const { t } = useTranslation("admin");
  return (
    <TextInput
      label={t("person.reason")}
      description={t("person.reasonHint")}
      maxLength={MAX.reason}
      autoComplete="off"
      required
      disabled={disabled}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      data-autofocus
    />
  );
}

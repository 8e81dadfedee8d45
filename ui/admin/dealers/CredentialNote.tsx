/* What may be told of stored credentials: how the API key ends, and since when they are as they are. */
import { Text, type TextProps } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";

export function CredentialNote({ dealer, ...style }: { dealer: Dealer | undefined } & TextProps) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const parts = [
    dealer?.credential_hint && t("dealer.endsIn", { hint: dealer.credential_hint }),
    dealer?.credential_since && t("dealer.since", { day: format.moment(dealer.credential_since) }),
  ].filter(Boolean);
  if (!dealer?.has_credential || parts.length === 0) {
    return null;
  }
  return (
    <Text size="xs" c="dimmed" data-credential {...style}>
      {parts.join(", ")}
    </Text>
  );
}

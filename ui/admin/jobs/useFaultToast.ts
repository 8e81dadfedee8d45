/*
 * A short word at the edge of the page that something was refused: for buttons of lists, which have
 * no place of their own for it.
 */
import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import { ApiError } from "@shared/api/client";
import { useErrorText } from "@shared/widgets/ErrorNotice";

export function useFaultToast(): (error: unknown) => void {
  const { t } = useTranslation("shared");
  const textOf = useErrorText();
  return (error) => {
    const code = error instanceof ApiError ? ` (${error.code})` : "";
    notifications.show({
      color: "red",
      message: textOf(error) + code,
      autoClose: 8_000,
      closeButtonProps: { "aria-label": t("toast.close") },
    });
  };
}

/*
 * A short word at the edge of the page that something was done.
 */
import { notifications } from "@mantine/notifications";
import i18next from "i18next";

export function toastDone(message: string): void {
  notifications.show({
    color: "teal",
    message,
    closeButtonProps: { "aria-label": i18next.t("shared:toast.close") },
  });
}

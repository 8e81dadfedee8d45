/* What can be done with the whole dashboard: print it, or show it on a wall. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconMaximize, IconMinimize, IconPrinter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useKiosk } from "./useKiosk";

export function PageMenu() {
  const { t } = useTranslation("analytics");
  const { kiosk, setKiosk } = useKiosk();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label={t("page.more")}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
          {t("page.print")}
        </Menu.Item>
        <Menu.Item
          leftSection={
            kiosk ? <IconMinimize size={16} aria-hidden /> : <IconMaximize size={16} aria-hidden />
          }
          onClick={() => setKiosk(!kiosk)}
        >
          {kiosk ? t("page.leaveKiosk") : t("page.kiosk")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

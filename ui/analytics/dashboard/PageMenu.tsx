/* What can be done with the whole dashboard: print it, save it as a workbook, or show it on a wall. */
import { ActionIcon, Menu } from "@mantine/core";
import { IconDots, IconFileTypeXls, IconMaximize, IconMinimize, IconPrinter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { absolute, fillRoute } from "@shared/api/client";
import { useKiosk } from "./useKiosk";
import { useChosen } from "./useReport";

export function PageMenu() {
  const { t } = useTranslation("analytics");
  const { kiosk, setKiosk } = useKiosk();
  const { summary } = useChosen();
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
          component="a"
          href={absolute(fillRoute("/api/v1/report/export.xlsx", {}, summary.ask))}
          download
          leftSection={<IconFileTypeXls size={16} aria-hidden />}
        >
          {t("page.xlsx")}
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

/* The pages of the Admin Panel, as links. */
import { NavLink } from "@mantine/core";
import { IconActivityHeartbeat, IconBuildingStore, IconListCheck } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";

const PAGES = [
  { path: "/dealers", text: "nav.dealers", Icon: IconBuildingStore },
  { path: "/jobs", text: "nav.jobs", Icon: IconListCheck },
  { path: "/services", text: "nav.services", Icon: IconActivityHeartbeat },
] as const;

export function Navigation({ onChoose }: { onChoose: () => void }) {
  const { t } = useTranslation("admin");
  const { pathname } = useLocation();
  return PAGES.map(({ path, text, Icon }) => {
    const active = pathname.startsWith(path);
    return (
      <NavLink
        key={path}
        component={Link}
        to={path}
        label={t(text)}
        leftSection={<Icon size={18} aria-hidden />}
        active={active}
        aria-current={active ? "page" : undefined}
        onClick={onChoose}
        mb={2}
        style={{ borderRadius: "var(--mantine-radius-md)" }}
      />
    );
  });
}

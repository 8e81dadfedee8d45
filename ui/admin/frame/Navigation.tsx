/* The pages of the Admin Panel, as links. */
import { NavLink } from "@mantine/core";
import {
  IconActivityHeartbeat,
  IconBuildingStore,
  IconCalendarStats,
  IconCalendarTime,
  IconListCheck,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { buildHash } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";

const PAGES = [
  { path: "/dealers", text: "nav.dealers", Icon: IconBuildingStore },
  { path: "/jobs", text: "nav.jobs", Icon: IconListCheck },
  { path: "/schedules", text: "nav.schedules", Icon: IconCalendarTime },
  { path: "/coverage", text: "nav.coverage", Icon: IconCalendarStats },
  { path: "/services", text: "nav.services", Icon: IconActivityHeartbeat },
] as const;

export function Navigation({ onChoose }: { onChoose: () => void }) {
  const { t } = useTranslation("admin");
  const { path: current } = useRoute();
  return PAGES.map(({ path, text, Icon }) => {
    const active = current.startsWith(path) || (current === "/" && path === PAGES[0].path);
    return (
      <NavLink
        key={path}
        href={buildHash(path)}
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

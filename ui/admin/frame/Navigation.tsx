/* The pages of the Admin Panel, as links in groups; those that are not for whoever is signed in are left out. */
import { Box, NavLink, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { buildHash, pathParts } from "@shared/route/hash";
import { useRoute } from "@shared/route/useRoute";
import { may } from "@shared/session/useMay";
import { useSession } from "@shared/session/useSession";
import { GROUPS, PAGES, pageOf, type PageInfo } from "./pages";

function PageLink({ page, onChoose }: { page: PageInfo; onChoose: () => void }) {
  const { t } = useTranslation("admin");
  const { path, Icon } = page;
  const active = pageOf(pathParts(useRoute().path)[0]) === page;
  return (
    <NavLink
      href={buildHash(`/${path}`)}
      label={t(`nav.${path}`)}
      leftSection={<Icon size={18} aria-hidden />}
      active={active}
      aria-current={active ? "page" : undefined}
      onClick={onChoose}
      mb={2}
      style={{ borderRadius: "var(--mantine-radius-md)" }}
    />
  );
}

export function Navigation({ onChoose }: { onChoose: () => void }) {
  const { t } = useTranslation("admin");
  const session = useSession().data?.session;
  return GROUPS.map((group) => {
    const pages = PAGES.filter((page) => page.group === group && may(session, page.need));
    return pages.length === 0 ? null : (
      <Box key={group} mb="sm" role="group" aria-labelledby={`nav-${group}`}>
        <Text size="xs" fw={600} c="dimmed" px="sm" py={6} id={`nav-${group}`}>
          {t(`navGroup.${group}`)}
        </Text>
        {pages.map((page) => (
          <PageLink key={page.path} page={page} onChoose={onChoose} />
        ))}
      </Box>
    );
  });
}

/*
 * Right side of the header: whether live updates flow, the colour scheme, the language and who is signed in.
 */
import {
  ActionIcon,
  Box,
  Group,
  Menu,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { IconKey, IconLogout, IconMoon, IconSun, IconUser } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLiveState } from "../live/LiveProvider";
import { LanguageItems } from "./LanguageItems";
import { useSession, useSignOut } from "../session/useSession";
import { WhenNeeded } from "../widgets/WhenNeeded";

const PasswordModal = lazy(() => import("../session/PasswordModal"));

function LiveDot() {
  const { t } = useTranslation("shared");
  const live = useLiveState() === "live";
  return (
    <Tooltip label={live ? t("live.onHint") : t("live.offHint")}>
      <Group gap={6} wrap="nowrap" role="status" data-live={live ? "on" : "off"}>
        <Box
          w={8}
          h={8}
          bg={live ? "teal.6" : "orange.6"}
          style={{ borderRadius: "50%" }}
          aria-hidden
        />
        <Text size="xs" c="dimmed" visibleFrom="xs">
          {live ? t("live.on") : t("live.off")}
        </Text>
      </Group>
    </Tooltip>
  );
}

function SchemeToggle() {
  const { t } = useTranslation("shared");
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  const label = dark ? t("scheme.toLight") : t("scheme.toDark");
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={label}
        onClick={() => setColorScheme(dark ? "light" : "dark")}
      >
        {dark ? <IconSun size={19} aria-hidden /> : <IconMoon size={19} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

function UserMenu() {
  const { t } = useTranslation("shared");
  const session = useSession().data?.session;
  const signOut = useSignOut();
  const [changing, setChanging] = useState(false);
  return (
    <>
    <Menu position="bottom-end" width={220} withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("user.menu")}>
          <IconUser size={19} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Box px="sm" py={6}>
          <Text size="xs" c="dimmed">
            {t("user.signedInAs")}
          </Text>
          <Text size="sm" fw={600}>
            {session?.principal}
          </Text>
        </Box>
        <Menu.Divider />
        <LanguageItems />
        <Menu.Divider />
        {session?.expires_at !== undefined && (
          <Menu.Item
            leftSection={<IconKey size={16} aria-hidden />}
            onClick={() => setChanging(true)}
          >
            {session.has_password ? t("user.changePassword") : t("user.setPassword")}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => signOut.mutate()}
        >
          {t("user.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
    <WhenNeeded subject={changing || undefined}>
      <PasswordModal
        opened={changing}
        hasPassword={session?.has_password ?? false}
        onClose={() => setChanging(false)}
      />
    </WhenNeeded>
    </>
  );
}

export function HeaderTools() {
  return (
    <Group gap={4} wrap="nowrap">
      <Box mr={6}>
        <LiveDot />
      </Box>
      <SchemeToggle />
      <UserMenu />
    </Group>
  );
}

/* The users as a table; on a phone who, state and actions alone. */
import { ActionIcon, Group, Menu, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconDots, IconLink, IconLockOpen, IconLogout, IconPencil, IconPower } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { User } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { useSession } from "@shared/session/useSession";
import { Moment } from "@shared/widgets/Moment";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";
import { ScopeWords } from "../scope/ScopeWords";
import { stateOf, type UserState } from "./userForm";

export type UserAction = "edit" | "link" | "unlock" | "signOut" | "switch";

interface RowProps {
  user: User;
  onAction: (action: UserAction, user: User) => void;
}

const COLOURS: Record<UserState, string> = { active: "teal", locked: "orange", inactive: "gray" };

function RowMenu({ user, onAction }: RowProps) {
  const { t } = useTranslation("admin");
  const own = useSession().data?.session?.principal === user.login;
  const act = (action: UserAction) => () => onAction(action, user);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t("user.actions", { login: user.login })}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={act("edit")}>
          {t("user.edit")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLink size={16} aria-hidden />}
          onClick={act("link")}
          disabled={!user.is_active}
        >
          {t("user.link")}
        </Menu.Item>
        {stateOf(user) === "locked" && (
          <Menu.Item leftSection={<IconLockOpen size={16} aria-hidden />} onClick={act("unlock")}>
            {t("user.unlock")}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={act("signOut")}
          disabled={user.sessions === 0}
        >
          {t("user.signOut")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconPower size={16} aria-hidden />}
          onClick={act("switch")}
          disabled={own && user.is_active}
        >
          {t(user.is_active ? "user.deactivate" : "user.activate")}
          {own && user.is_active && (
            <Text size="xs" c="dimmed">
              {t("user.notYourself")}
            </Text>
          )}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Row({ user, onAction }: RowProps) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const state = stateOf(user);
  const own = useSession().data?.session?.principal === user.login;
  return (
    <Table.Tr data-user={user.login}>
      <Table.Td>
        <Group gap="xs">
          <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
            {user.name || user.login}
          </Text>
          {own && <StateBadge colour="blue" text={t("user.you")} />}
        </Group>
        {user.name && (
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {user.login}
          </Text>
        )}
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {t(`role.${user.role}`)}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">{t(`role.${user.role}`)}</Table.Td>
      <Table.Td visibleFrom="md">
        <ScopeWords scope={user} />
      </Table.Td>
      <Table.Td>
        <StateBadge colour={COLOURS[state]} text={t(`user.state.${state}`)} state={state} />
        {state === "locked" && user.locked_until && (
          <Text size="xs" c="dimmed">
            {t("user.lockedUntil", { when: format.moment(user.locked_until) })}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="md">
        {t(user.has_password ? "user.byPassword" : "user.byLink")}
      </Table.Td>
      <Table.Td visibleFrom="md" ta="right">
        {format.count(user.sessions)}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {user.seen_at ? (
          <Moment at={user.seen_at} />
        ) : (
          <Text size="sm" c="dimmed">
            {t("user.never")}
          </Text>
        )}
      </Table.Td>
      <Table.Td ta="right" w={48}>
        <RowMenu user={user} onAction={onAction} />
      </Table.Td>
    </Table.Tr>
  );
}

export function UserTable({ users, onAction }: { users: User[]; onAction: RowProps["onAction"] }) {
  const { t } = useTranslation("admin");
  return (
    <ScrollTable label={t("user.title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("user.user")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("user.role")}</Table.Th>
          <Table.Th visibleFrom="md">{t("scope.label")}</Table.Th>
          <Table.Th>{t("user.stateColumn")}</Table.Th>
          <Table.Th visibleFrom="md">{t("user.signsIn")}</Table.Th>
          <Table.Th visibleFrom="md" ta="right">
            {t("user.sessions")}
          </Table.Th>
          <Table.Th visibleFrom="sm">{t("user.lastSeen")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("user.actionsColumn")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {users.map((user) => (
          <Row key={user.id} user={user} onAction={onAction} />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

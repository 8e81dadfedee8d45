/* The keys as a table; on a phone what for, state and actions alone. */
import { ActionIcon, Code, Menu, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconDots, IconRotate, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { ApiKey } from "@shared/api/types";
import { useFormat, useNow } from "@shared/format/useFormat";
import { Moment } from "@shared/widgets/Moment";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";
import { ScopeWords } from "../scope/ScopeWords";
import { stateOf, type KeyState } from "./keyForm";

export interface KeyActions {
  onRotate: (key: ApiKey) => void;
  onRevoke: (key: ApiKey) => void;
}

const COLOURS: Record<KeyState, string> = {
  good: "teal",
  replaced: "orange",
  expired: "gray",
  revoked: "red",
};

function RowMenu({ item, state, onRotate, onRevoke }: { item: ApiKey; state: KeyState } & KeyActions) {
  const { t } = useTranslation("admin");
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t("key.actions", { name: item.name })}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconRotate size={16} aria-hidden />}
          onClick={() => onRotate(item)}
          disabled={state !== "good"}
        >
          {t("key.rotate")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onRevoke(item)}>
          {t("key.revoke")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function EndNote({ item, state }: { item: ApiKey; state: KeyState }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const text =
    state === "revoked" && item.revoked_at
      ? t("key.revokedAt", { when: format.moment(item.revoked_at) })
      : state === "replaced" && item.expires_at
        ? t("key.goodUntil", { when: format.moment(item.expires_at) })
        : undefined;
  return (
    <>
      {text && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {text}
        </Text>
      )}
      {item.successor && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {t("key.by", { id: item.successor })}
        </Text>
      )}
    </>
  );
}

function Row({ item, ...actions }: { item: ApiKey } & KeyActions) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const state = stateOf(item, useNow());
  return (
    <Table.Tr data-key={item.id}>
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {item.name}
        </Text>
        <Code style={{ overflowWrap: "anywhere" }}>{item.id}</Code>
      </Table.Td>
      <Table.Td visibleFrom="sm">{t(`role.${item.role}`)}</Table.Td>
      <Table.Td visibleFrom="md">
        <ScopeWords scope={item} />
      </Table.Td>
      <Table.Td>
        <StateBadge colour={COLOURS[state]} text={t(`key.state.${state}`)} state={state} />
        <EndNote item={item} state={state} />
      </Table.Td>
      <Table.Td visibleFrom="md">
        {item.expires_at ? format.moment(item.expires_at) : t("key.never")}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {item.used_at ? <Moment at={item.used_at} /> : <Text size="sm">{t("key.unused")}</Text>}
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <Text size="sm">{item.created_by}</Text>
        <Text size="xs" c="dimmed">
          <Moment at={item.created_at} />
        </Text>
      </Table.Td>
      <Table.Td ta="right" w={48}>
        {(state === "good" || state === "replaced") && (
          <RowMenu item={item} state={state} {...actions} />
        )}
      </Table.Td>
    </Table.Tr>
  );
}

export function KeyTable({ keys, ...actions }: { keys: ApiKey[] } & KeyActions) {
  const { t } = useTranslation("admin");
  return (
    <ScrollTable label={t("key.title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("key.key")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("user.role")}</Table.Th>
          <Table.Th visibleFrom="md">{t("scope.label")}</Table.Th>
          <Table.Th>{t("user.stateColumn")}</Table.Th>
          <Table.Th visibleFrom="md">{t("key.ends")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("key.used")}</Table.Th>
          <Table.Th visibleFrom="lg">{t("key.made")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("user.actionsColumn")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {keys.map((item) => (
          <Row key={item.id} item={item} {...actions} />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

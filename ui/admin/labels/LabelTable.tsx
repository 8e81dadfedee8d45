/* Codes and what they mean; on a phone list and code, and both labels, stand in one column each. */
import { ActionIcon, Code, Menu, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconArrowFork, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Label } from "@shared/api/types";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";
import { LISTS, keyOf } from "./labelFilter";

export interface LabelActions {
  onEdit: (label: Label) => void;
  /** Says it otherwise for one upstream. */
  onOtherwise: (label: Label) => void;
  onRemove: (label: Label) => void;
}

/** The name of a list in the language of the page; one that the page doesn't know names itself. */
function useListName() {
  const { t } = useTranslation("admin");
  return (name: string): string => {
    const list = LISTS.find((one) => one === name);
    return list ? t(`label.lists.${list}`) : name;
  };
}

function RowMenu({ item, onEdit, onOtherwise, onRemove }: { item: Label } & LabelActions) {
  const { t } = useTranslation("admin");
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t("label.actions", { label: item.label, code: item.code })}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPencil size={16} aria-hidden />} onClick={() => onEdit(item)}>
          {t("label.edit")}
        </Menu.Item>
        {!item.upstream && (
          <Menu.Item leftSection={<IconArrowFork size={16} aria-hidden />} onClick={() => onOtherwise(item)}>
            {t("label.otherwise")}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => onRemove(item)}>
          {t("label.remove")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Row({ item, actions }: { item: Label; actions: LabelActions | undefined }) {
  const { t } = useTranslation("admin");
  const list = useListName()(item.list);
  const owner = item.upstream ? (
    <StateBadge colour="blue" text={item.upstream} state="own" />
  ) : (
    <Text size="sm" c="dimmed">
      {t("label.forAll")}
    </Text>
  );
  return (
    <Table.Tr data-label={keyOf(item)}>
      <Table.Td visibleFrom="sm">{list}</Table.Td>
      <Table.Td>
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {list}
        </Text>
        <Code style={{ overflowWrap: "anywhere" }}>{item.code}</Code>
      </Table.Td>
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {item.label}
        </Text>
        {item.indonesian && (
          <Text size="xs" c="dimmed" hiddenFrom="sm" style={{ overflowWrap: "anywhere" }} lang="id">
            {item.indonesian}
          </Text>
        )}
        <Text component="div" hiddenFrom="md" size="xs" mt={2}>
          {item.upstream && owner}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {item.indonesian ? (
          <Text size="sm" lang="id" style={{ overflowWrap: "anywhere" }}>
            {item.indonesian}
          </Text>
        ) : (
          <Text size="sm" c="dimmed">
            {t("label.same")}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="md">{owner}</Table.Td>
      {actions && (
        <Table.Td ta="right" w={48}>
          <RowMenu item={item} {...actions} />
        </Table.Td>
      )}
    </Table.Tr>
  );
}

/** Without `actions` the labels can only be looked at. */
export function LabelTable({ labels, actions }: { labels: Label[]; actions: LabelActions | undefined }) {
  const { t } = useTranslation("admin");
  return (
    <ScrollTable label={t("label.title")}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th visibleFrom="sm">{t("label.list")}</Table.Th>
          <Table.Th>{t("label.code")}</Table.Th>
          <Table.Th>{t("label.english")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("label.indonesian")}</Table.Th>
          <Table.Th visibleFrom="md">{t("label.for")}</Table.Th>
          {actions && (
            <Table.Th>
              <VisuallyHidden>{t("user.actionsColumn")}</VisuallyHidden>
            </Table.Th>
          )}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {labels.map((item) => (
          <Row key={keyOf(item)} item={item} actions={actions} />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

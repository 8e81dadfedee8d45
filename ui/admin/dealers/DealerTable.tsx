/* The dealers as a table; on a phone name, state, last error and actions alone. */
import { ActionIcon, Badge, Box, Group, Menu, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconDots, IconPencil, IconPlayerPlay, IconPlugConnected, IconPower } from "@tabler/icons-react";
import { lazy } from "react";
import { useTranslation } from "react-i18next";
import type { Dealer, Freshness } from "@shared/api/types";
import { useMay } from "@shared/session/useMay";
import { Moment } from "@shared/widgets/Moment";
import { OrElse } from "@shared/widgets/OrElse";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { SortHead } from "@shared/widgets/SortHead";
import { SimulatedBadge } from "@shared/widgets/SimulatedBadge";
import { StateBadge } from "@shared/widgets/StateBadge";
import { CredentialNote } from "./CredentialNote";
import { FreshnessWords } from "./FreshnessWords";
import type { DealerOrder } from "./useDealers";
import { useFreshnessByDealer } from "./useStops";

const LastError = lazy(() => import("./LastError"));

export interface DealerActions {
  onEdit: (dealer: Dealer) => void;
  onSwitch: (dealer: Dealer) => void;
  onRun: (dealer: Dealer) => void;
  onTest: (dealer: Dealer) => void;
}

function RowMenu({
  dealer,
  onEdit,
  onSwitch,
  onRun,
  onTest,
}: { dealer: Dealer } & DealerActions) {
  const { t } = useTranslation("admin");
  const may = useMay();
  const admin = may("admin");
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={t("dealer.actions", { name: dealer.dealer_name })}
        >
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {admin && (
          <Menu.Item
            leftSection={<IconPencil size={16} aria-hidden />}
            onClick={() => onEdit(dealer)}
          >
            {t("dealer.edit")}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          onClick={() => onRun(dealer)}
          disabled={!dealer.is_active || !dealer.has_credential}
        >
          {t("job.run")}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconPlugConnected size={16} aria-hidden />}
          onClick={() => onTest(dealer)}
          disabled={!dealer.has_credential}
        >
          {t("dealer.test")}
        </Menu.Item>
        {admin && (
          <>
            <Menu.Divider />
            <Menu.Item
              leftSection={<IconPower size={16} aria-hidden />}
              onClick={() => onSwitch(dealer)}
            >
              {t(dealer.is_active ? "dealer.deactivate" : "dealer.activate")}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

type RowProps = { dealer: Dealer; target: Freshness | undefined } & DealerActions;

function Row({ dealer, target, ...actions }: RowProps) {
  const { t } = useTranslation("admin");
  const operator = useMay()("operator");
  const code = dealer.error_code;
  const lastError = code && (
    <OrElse otherwise={<Text size="sm">{code}</Text>}>
      <LastError dealer={dealer} code={code} />
    </OrElse>
  );
  return (
    <Table.Tr data-dealer={dealer.dealer_id}>
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {dealer.dealer_name}
        </Text>
        <Group gap="xs" mt={2}>
          <Text size="xs" c="dimmed">
            {dealer.dealer_id}
          </Text>
          {dealer.simulated && <SimulatedBadge />}
        </Group>
        {lastError && (
          <Box mt={4} hiddenFrom="sm">
            {lastError}
          </Box>
        )}
      </Table.Td>
      <Table.Td>
        <StateBadge
          colour={dealer.is_active ? "teal" : "gray"}
          text={t(dealer.is_active ? "dealer.active" : "dealer.inactive")}
          state={dealer.is_active ? "active" : "inactive"}
        />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Badge
          color={dealer.has_credential ? "teal" : "orange"}
          variant="dot"
          radius="sm"
          tt="none"
          miw="max-content"
        >
          {t(dealer.has_credential ? "dealer.set" : "dealer.notSet")}
        </Badge>
        <CredentialNote dealer={dealer} />
      </Table.Td>
      <Table.Td visibleFrom="md">
        <Text size="sm">{dealer.upstream ?? "–"}</Text>
        {dealer.upstream_dealer_id && dealer.upstream_dealer_id !== dealer.dealer_id && (
          <Text size="xs" c="dimmed">
            {t("dealer.asCode", { code: dealer.upstream_dealer_id })}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <FreshnessWords target={target} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {lastError || (
          <Text size="sm" c="dimmed">
            {t("dealer.noError")}
          </Text>
        )}
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <Moment at={dealer.updated_at} />
      </Table.Td>
      <Table.Td ta="right" w={48}>
        {operator && <RowMenu dealer={dealer} {...actions} />}
      </Table.Td>
    </Table.Tr>
  );
}

interface TableProps extends DealerActions {
  dealers: Dealer[];
  order: DealerOrder;
  onOrder: (order: DealerOrder) => void;
}

export function DealerTable({ dealers, order, onOrder, ...actions }: TableProps) {
  const { t } = useTranslation("admin");
  const sorting = { sort: order, ascending: order === "code" };
  const targets = useFreshnessByDealer();
  return (
    <ScrollTable label={t("dealer.title")}>
      <Table.Thead>
        <Table.Tr>
          <SortHead by="code" text={t("dealer.dealer")} sorting={sorting} up onSort={() => onOrder("code")} />
          <Table.Th>{t("dealer.state")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("dealer.credentials")}</Table.Th>
          <Table.Th visibleFrom="md">{t("dealer.upstream")}</Table.Th>
          <Table.Th visibleFrom="sm">{t("fresh.column")}</Table.Th>
          <SortHead
            by="failed"
            text={t("dealer.lastError")}
            sorting={sorting}
            visibleFrom="sm"
            onSort={() => onOrder(order === "failed" ? "code" : "failed")}
          />
          <Table.Th visibleFrom="lg">{t("dealer.updated")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("dealer.actionsColumn")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {dealers.map((dealer) => (
          <Row
            key={dealer.id}
            dealer={dealer}
            target={targets.get(dealer.dealer_id)}
            {...actions}
          />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

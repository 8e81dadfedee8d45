/* What is stored about somebody, masked. */
import { Group, Stack, Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dealer, PersonPage } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { ScrollTable } from "@shared/widgets/ScrollTable";
import { StateBadge } from "@shared/widgets/StateBadge";

type Found = PersonPage["items"][number];

function Row({ found, dealer }: { found: Found; dealer: string }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const day = found.tanggal_prospect ? format.day(found.tanggal_prospect) : "–";
  const units = t("person.units", { count: found.units, n: format.count(found.units) });
  const numbers = [found.no_kontak, found.no_ktp].filter(Boolean).join(" · ");
  return (
    <Table.Tr data-person={found.id_prospect}>
      <Table.Td>
        <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
          {found.id_prospect}
        </Text>
        <Text size="xs" c="dimmed">
          {dealer}
        </Text>
        <Text size="xs" c="dimmed" hiddenFrom="sm">
          {day} · {units}
        </Text>
      </Table.Td>
      <Table.Td>
        {found.erased ? (
          <StateBadge colour="gray" text={t("person.erased")} state="erased" />
        ) : (
          <>
            <Text size="sm">{found.nama_lengkap ?? "–"}</Text>
            <Text size="xs" c="dimmed" className="figures">
              {numbers || "–"}
            </Text>
          </>
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm" style={{ whiteSpace: "nowrap" }}>
        {day}
      </Table.Td>
      <Table.Td visibleFrom="sm">{units}</Table.Td>
    </Table.Tr>
  );
}

export function PersonFound({ page, byCode }: { page: PersonPage; byCode: Map<string, Dealer> }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  return (
    <Stack gap="sm" data-found={page.items.length}>
      {page.items.length > 0 && (
        <ScrollTable label={t("person.stored")}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("person.prospect")}</Table.Th>
              <Table.Th>{t("person.masked")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("person.day")}</Table.Th>
              <Table.Th visibleFrom="sm">{t("person.interest")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {page.items.map((found) => (
              <Row
                key={`${found.dealer_id} ${found.id_prospect}`}
                found={found}
                dealer={byCode.get(found.dealer_id)?.dealer_name ?? found.dealer_id}
              />
            ))}
          </Table.Tbody>
        </ScrollTable>
      )}
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          {t("person.aside", { count: page.set_aside, n: format.count(page.set_aside) })}
        </Text>
      </Group>
    </Stack>
  );
}

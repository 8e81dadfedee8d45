/*
 * The key figures, each with its definition at hand, and with its change against another time if that is
 * asked for. A dash while nothing is known: a zero would be a statement.
 */
import { ActionIcon, Group, Paper, SimpleGrid, Skeleton, Stack, Text, Tooltip } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Summary } from "@shared/api/types";
import { addDays } from "@shared/format/days";
import { useFormat } from "@shared/format/useFormat";
import { Change } from "./Change";

interface CardProps {
  name: string;
  label: string;
  definition: string;
  value: string | undefined;
  note: string | undefined;
  change: ReactNode;
}

function Card({ name, label, definition, value, note, change }: CardProps) {
  const { t } = useTranslation("analytics");
  return (
    <Paper
      withBorder
      p={{ base: "sm", xs: "md" }}
      radius="lg"
      h="100%"
      component="section"
      aria-label={label}
      className="panel"
    >
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fz={{ base: "xs", xs: "sm" }} c="dimmed" fw={500}>
          {label}
        </Text>
        <Tooltip label={definition} events={{ hover: true, focus: true, touch: true }}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            className="no-print"
            aria-label={t("card.definition", { name: label, text: definition })}
          >
            <IconInfoCircle size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      <Stack gap={2} mt={4}>
        {value === undefined ? (
          <Skeleton h={38} w={110} my={2} />
        ) : (
          <Text fz={{ base: 26, xs: 30 }} lh={1.4} fw={650} className="figures" data-card={name}>
            {value}
          </Text>
        )}
        <Text size="xs" c="dimmed" mih={18}>
          {note}
        </Text>
        {change}
      </Stack>
    </Paper>
  );
}

/** A share that is not known is a dash. */
function useRate() {
  const format = useFormat();
  return (rate: number | undefined) => (rate === undefined ? "–" : format.share(rate, 1));
}

/** Days from the first to the last of the range, both included. */
function lengthOf(data: Summary): number {
  return data.daily_counts.length;
}

export function Cards({ data, ranged }: { data: Summary | undefined; ranged: boolean }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const rate = useRate();
  const before = data?.previous;
  const days = before ? format.window(before.from, before.to) : "";
  const change = (now: number | undefined, then: number | undefined, isRate = false) =>
    before && <Change now={now} before={then} days={days} rate={isRate} />;
  const ended = (data?.deals ?? 0) + (data?.lost ?? 0);
  const calls = (data?.calls_succeeded ?? 0) + (data?.calls_failed ?? 0);
  const cards: CardProps[] = [
    {
      name: "total",
      label: t("card.total"),
      definition: ranged ? t("card.totalRangedIs") : t("card.totalIs"),
      value: data && format.count(data.total),
      note: data && (data.undated > 0 ? t("card.undated", { n: format.count(data.undated) }) : t("card.allDated")),
      change: change(data?.total, before?.total),
    },
    {
      name: "recent",
      label: t("card.recent"),
      definition: t("card.recentIs"),
      value: data && format.count(data.recent),
      note: data && format.window(addDays(data.today, -6), data.today),
      change: before && data && (
        <Change
          now={data.recent}
          before={before.recent}
          days={format.window(addDays(data.today, -13), addDays(data.today, -7))}
        />
      ),
    },
    {
      name: "active",
      label: t("card.active"),
      definition: t("card.activeIs"),
      value: data && format.count(data.active),
      note: data && t("card.activeShare", { share: format.share(data.active, data.total) }),
      change: change(data?.active, before?.active),
    },
    {
      name: "new",
      label: t("card.new"),
      definition: t("card.newIs"),
      value: data && format.count(data.new ?? 0),
      note: data && t("card.newDay", { n: format.count(Math.round(((data.new ?? 0) / Math.max(1, lengthOf(data))) * 10) / 10) }),
      change: change(data?.new, before?.new),
    },
    {
      name: "deal_rate",
      label: t("card.deal"),
      definition: t("card.dealIs"),
      value: data && rate(data.deal_rate),
      note:
        data &&
        (ended > 0
          ? t("card.dealOf", { deals: format.count(data.deals ?? 0), ended: format.count(ended) })
          : t("card.dealNone")),
      change: change(data?.deal_rate, before?.deal_rate, true),
    },
    {
      name: "fetch_success",
      label: t("card.success"),
      definition: t("card.successIs"),
      value: data && rate(data.fetch_success),
      note:
        data &&
        (calls > 0
          ? t("card.successOf", { good: format.count(data.calls_succeeded ?? 0), all: format.count(calls) })
          : t("card.successNone")),
      change: null,
    },
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing={{ base: "sm", xs: "md" }}>
      {cards.map((card) => (
        <Card key={card.name} {...card} />
      ))}
    </SimpleGrid>
  );
}

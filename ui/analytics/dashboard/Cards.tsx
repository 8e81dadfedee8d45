/*
 * The key figures, each with its definition at hand. A dash while nothing is known: a zero would
 * be a statement.
 */
import { ActionIcon, Grid, Group, Paper, Skeleton, Stack, Text, Tooltip } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Summary } from "@shared/api/types";
import { addDays } from "@shared/format/days";
import { useFormat } from "@shared/format/useFormat";

interface CardProps {
  name: string;
  label: string;
  definition: string;
  value: string | undefined;
  note: string | undefined;
}

function Card({ name, label, definition, value, note }: CardProps) {
  const { t } = useTranslation("analytics");
  return (
    <Paper withBorder p={{ base: "sm", xs: "md" }} radius="lg" h="100%" component="section" aria-label={label}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fz={{ base: "xs", xs: "sm" }} c="dimmed" fw={500}>
          {label}
        </Text>
        <Tooltip label={definition} events={{ hover: true, focus: true, touch: true }}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
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
          <Text fz={30} lh={1.4} fw={650} className="figures" data-card={name}>
            {value}
          </Text>
        )}
        <Text size="xs" c="dimmed" mih={18}>
          {note}
        </Text>
      </Stack>
    </Paper>
  );
}

export function Cards({ data, ranged }: { data: Summary | undefined; ranged: boolean }) {
  const { t } = useTranslation("analytics");
  const format = useFormat();
  const undated = data && data.undated > 0;
  return (
    <Grid gap={{ base: "sm", xs: "md" }}>
      <Grid.Col span={{ base: 12, xs: 4 }}>
        <Card
          name="total"
          label={t("card.total")}
          definition={ranged ? t("card.totalRangedIs") : t("card.totalIs")}
          value={data && format.count(data.total)}
          note={
            undated ? t("card.undated", { n: format.count(data.undated) }) : data && t("card.allDated")
          }
        />
      </Grid.Col>
      <Grid.Col span={{ base: 6, xs: 4 }}>
        <Card
          name="recent"
          label={t("card.recent")}
          definition={t("card.recentIs")}
          value={data && format.count(data.recent)}
          note={data && format.window(addDays(data.today, -6), data.today)}
        />
      </Grid.Col>
      <Grid.Col span={{ base: 6, xs: 4 }}>
        <Card
          name="active"
          label={t("card.active")}
          definition={t("card.activeIs")}
          value={data && format.count(data.active)}
          note={data && t("card.activeShare", { share: format.share(data.active, data.total) })}
        />
      </Grid.Col>
    </Grid>
  );
}

/* The state of a record that was set aside, as a coloured word; of a dismissed one who did that, when and why. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { QuarantineRow } from "@shared/api/types";
import { Moment } from "@shared/widgets/Moment";
import { StateBadge } from "@shared/widgets/StateBadge";

const COLOURS = { open: "orange", replaying: "blue", stored: "teal", dismissed: "gray" } as const;

export function RecordState({ state = "open" }: { state?: QuarantineRow["state"] }) {
  const { t } = useTranslation("admin");
  return <StateBadge colour={COLOURS[state]} text={t(`aside.state.${state}`)} state={state} />;
}

export function Dismissal({ row }: { row: QuarantineRow }) {
  if (row.state !== "dismissed" || !row.settled_at) {
    return null;
  }
  return (
    <Text size="xs" c="dimmed" mt={4} maw={320} style={{ overflowWrap: "anywhere" }} data-dismissal>
      {row.why && `${row.why} · `}
      {row.settled_by && `${row.settled_by}, `}
      <Moment at={row.settled_at} />
    </Text>
  );
}

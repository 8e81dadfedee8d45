/* The state of a record that was set aside, as a coloured word. */
import { useTranslation } from "react-i18next";
import type { QuarantineRow } from "@shared/api/types";
import { StateBadge } from "@shared/widgets/StateBadge";

const COLOURS = { open: "orange", replaying: "blue", stored: "teal", dismissed: "gray" } as const;

export function RecordState({ state = "open" }: { state?: QuarantineRow["state"] }) {
  const { t } = useTranslation("admin");
  return <StateBadge colour={COLOURS[state]} text={t(`aside.state.${state}`)} state={state} />;
}

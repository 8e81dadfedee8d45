/* The button below a list that goes on. */
import { Button, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface Props {
  shown: boolean;
  busy: boolean;
  onMore: () => void;
}

export function LoadMore({ shown, busy, onMore }: Props) {
  const { t } = useTranslation("shared");
  return shown ? (
    <Group justify="center" mt="sm">
      <Button variant="subtle" size="xs" onClick={onMore} loading={busy}>
        {t("list.more")}
      </Button>
    </Group>
  ) : null;
}

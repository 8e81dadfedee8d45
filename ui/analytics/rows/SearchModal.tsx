/*
 * Finds prospects: one by its id, which opens the drawer of rows, and for those who may, people by name or
 * telephone number, each of whom opens it. These stay while one of them is looked at, and are come back to; with the
 * dialog all is forgotten.
 */
import { Button, Group, Modal, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Prospect } from "@shared/api/types";
import { useRights } from "@shared/session/useMay";
import { PersonSearch } from "./PersonSearch";
import { WAYS, type Way } from "./search";
import { useDrawers } from "./useDrawers";
import "./texts";

interface Props {
  opened: boolean;
  onClose: () => void;
}

function IdSearch({ onFind }: { onFind: (id: string) => void }) {
  const { t } = useTranslation("analytics");
  const [id, setId] = useState("");
  const find = (event: FormEvent) => {
    event.preventDefault();
    if (id.trim()) {
      onFind(id.trim());
    }
  };
  return (
    <form onSubmit={find}>
      <Stack gap="md">
        <TextInput
          label={t("search.label")}
          description={t("search.hint")}
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
          maxLength={2000}
          autoComplete="off"
          data-autofocus
        />
        <Group justify="flex-end">
          <Button type="submit" leftSection={<IconSearch size={16} aria-hidden />} disabled={!id.trim()}>
            {t("search.submit")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface SearchProps {
  onClose: () => void;
  /** One of several was picked. */
  onLeave: () => void;
}

function Search({ onClose, onLeave }: SearchProps) {
  const { t } = useTranslation("analytics");
  const { operate } = useRights();
  const { openRows } = useDrawers();
  const [way, setWay] = useState<Way | "id">("id");
  const show = (id: string) => {
    onClose();
    openRows("id", id);
  };
  const pick = (one: Prospect) => {
    onLeave();
    openRows("id", one.id_prospect, one.dealer_id);
  };
  return (
    <Stack gap="md">
      {operate && (
        <SegmentedControl
          aria-label={t("search.way")}
          data={(["id", ...WAYS] as const).map((one) => ({ value: one, label: t(`search.ways.${one}`) }))}
          value={way}
          onChange={setWay}
          style={{ alignSelf: "flex-start", maxWidth: "100%" }}
        />
      )}
      {way === "id" ? (
        <IdSearch onFind={show} />
      ) : (
        <PersonSearch key={way} way={way} onPick={pick} />
      )}
    </Stack>
  );
}

/** Whether the search makes room for what was opened from it, until that is closed. */
function useAway() {
  const { rows, origin } = useDrawers();
  const beside = rows !== undefined || origin !== undefined;
  const [was, setWas] = useState(beside);
  const [away, setAway] = useState(false);
  if (beside !== was) {
    setWas(beside);
    setAway(away && beside);
  }
  return { away, leave: () => setAway(true) };
}

export default function SearchModal({ opened, onClose }: Props) {
  const { t } = useTranslation("analytics");
  const { away, leave } = useAway();
  return (
    <Modal
      opened={opened && !away}
      keepMounted={opened}
      keepMountedMode="display-none"
      onClose={onClose}
      title={t("search.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("rows.close") }}
    >
      <Search onClose={onClose} onLeave={leave} />
    </Modal>
  );
}

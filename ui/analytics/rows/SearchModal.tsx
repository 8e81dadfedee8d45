/* Finds one prospect by its id; the answer is the drawer of rows. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useDrawers } from "./useDrawers";
import "./texts";

interface Props {
  opened: boolean;
  onClose: () => void;
}

export default function SearchModal({ opened, onClose }: Props) {
  const { t } = useTranslation("analytics");
  const { openRows } = useDrawers();
  const [id, setId] = useState("");
  const find = (event: FormEvent) => {
    event.preventDefault();
    if (id.trim()) {
      onClose();
      openRows("id", id.trim());
    }
  };
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("search.title")}
      size="lg"
      closeButtonProps={{ "aria-label": t("rows.close") }}
    >
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
    </Modal>
  );
}

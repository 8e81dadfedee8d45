/* What can be done with all jobs that the filter finds: run what failed again, or cancel what is open. */
import { Button, Menu } from "@mantine/core";
import { IconChevronDown, IconPlayerStop, IconRefresh } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Bulk } from "@shared/api/types";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import type { JobFilter } from "./jobFilter";

const BulkModal = lazy(() => import("./BulkModal"));

export function BulkMenu({ filter }: { filter: JobFilter }) {
  const { t } = useTranslation("admin");
  const [action, setAction] = useState<Bulk["action"]>();
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <Button
            size="compact-sm"
            variant="default"
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            {t("bulk.menu")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconRefresh size={16} aria-hidden />} onClick={() => setAction("rerun")}>
            {t("bulk.rerun")}
          </Menu.Item>
          <Menu.Item leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={() => setAction("cancel")}>
            {t("bulk.cancel")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <WhenNeeded subject={action}>
        <BulkModal subject={action} filter={filter} onClose={() => setAction(undefined)} />
      </WhenNeeded>
    </>
  );
}

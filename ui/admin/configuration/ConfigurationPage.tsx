/* Upstreams, feeds, business settings, and how the pages look in this browser. */
import { Button, Group, Stack, Tabs } from "@mantine/core";
import { IconPlugConnected, IconPlus } from "@tabler/icons-react";
import { lazy, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Upstream } from "@shared/api/types";
import { useParams } from "@shared/route/useRoute";
import { useMay } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ListState } from "@shared/widgets/ListState";
import { PageTitle } from "@shared/widgets/PageTitle";
import { WhenNeeded } from "@shared/widgets/WhenNeeded";
import { useUpstreams } from "../dealers/useDealers";
import { Appearance } from "./Appearance";
import { Feeds } from "./Feeds";
import { Settings } from "./Settings";
import { UpstreamCard } from "./UpstreamCard";
import "../manage/texts";

const UpstreamModal = lazy(() => import("./UpstreamModal"));
const TABS = ["upstreams", "feeds", "settings", "appearance"] as const;

function Upstreams() {
  const { t } = useTranslation("admin");
  const query = useUpstreams();
  const may = useMay();
  const [editing, setEditing] = useState<Upstream | "new">();
  const items = query.data?.items ?? [];
  return (
    <Stack gap="md">
      {may("admin", true) && (
        <Group justify="flex-end">
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setEditing("new")}>
            {t("upstream.add")}
          </Button>
        </Group>
      )}
      <ListState
        query={query}
        count={items.length}
        empty={
          <EmptyState
            icon={<IconPlugConnected size={22} />}
            title={t("upstream.noUpstream")}
            text={t("upstream.noUpstreamHint")}
          />
        }
      >
        {items.map((upstream) => (
          <UpstreamCard key={upstream.name} upstream={upstream} onEdit={() => setEditing(upstream)} />
        ))}
      </ListState>
      <WhenNeeded subject={editing}>
        <UpstreamModal subject={editing} onClose={() => setEditing(undefined)} />
      </WhenNeeded>
    </Stack>
  );
}

export default function ConfigurationPage() {
  const { t } = useTranslation("admin");
  const [params, setParams] = useParams();
  const tab = TABS.find((one) => one === params.get("tab")) ?? "upstreams";
  const choose = (value: string | null) =>
    setParams(() => new URLSearchParams(value && value !== "upstreams" ? { tab: value } : {}));
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle title={t("configuration.title")} text={t("configuration.subtitle")} />
      <Tabs value={tab} onChange={choose} keepMounted={false}>
        <Tabs.List mb="md">
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`configuration.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="upstreams">
          <Upstreams />
        </Tabs.Panel>
        <Tabs.Panel value="feeds">
          <Feeds />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <Settings />
        </Tabs.Panel>
        <Tabs.Panel value="appearance">
          <Appearance />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

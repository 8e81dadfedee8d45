/* What upstreams sent otherwise than expected: records that could not be stored, and fields that drift. */
import { Stack, Tabs } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useParams } from "@shared/route/useRoute";
import { useMay } from "@shared/session/useMay";
import { PageTitle } from "@shared/widgets/PageTitle";
import { DriftList } from "./DriftList";
import { Records } from "./Records";
import "../manage/texts";

export default function QuarantinePage() {
  const { t } = useTranslation("admin");
  const [params, setParams] = useParams();
  const whole = useMay()("operator", true);
  const tab = whole && params.get("tab") === "drift" ? "drift" : "records";
  const choose = (value: string | null) =>
    setParams(() => new URLSearchParams(value === "drift" ? { tab: "drift" } : {}));
  return (
    <Stack gap="md" maw="var(--page-width)" mx="auto">
      <PageTitle title={t("aside.title")} text={t("aside.subtitle")} />
      {whole ? (
        <Tabs value={tab} onChange={choose} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="records">{t("aside.records")}</Tabs.Tab>
            <Tabs.Tab value="drift">{t("drift.title")}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="records">
            <Records />
          </Tabs.Panel>
          <Tabs.Panel value="drift">
            <DriftList />
          </Tabs.Panel>
        </Tabs>
      ) : (
        <Records />
      )}
    </Stack>
  );
}

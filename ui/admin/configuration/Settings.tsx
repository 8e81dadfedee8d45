/* The business settings: each with what it does, its usual value and its limits. */
import { Button, Group, NumberInput, Paper, Stack, Text } from "@mantine/core";
import { IconAdjustments } from "@tabler/icons-react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { sortErrors } from "@shared/api/fieldErrors";
import type { Setting } from "@shared/api/types";
import { useFormat } from "@shared/format/useFormat";
import { useMay } from "@shared/session/useMay";
import { EmptyState } from "@shared/widgets/EmptyState";
import { ListState } from "@shared/widgets/ListState";
import { toastDone } from "@shared/widgets/toast";
import { useSaveSetting, useSettings } from "./useConfiguration";

/** What a setting does, in the language of the page; one that the page doesn't know tells it itself. */
function useDoc() {
  const { t, i18n } = useTranslation("admin");
  return (setting: Setting): string => {
    const key = `setting.doc.${setting.name.replace(/\./g, "_")}`;
    return i18n.exists(`admin:${key}`) ? t(key as "setting.title") : setting.doc;
  };
}

function Line({ setting, editable }: { setting: Setting; editable: boolean }) {
  const { t } = useTranslation("admin");
  const format = useFormat();
  const doc = useDoc()(setting);
  const save = useSaveSetting();
  const [typed, setTyped] = useState<number | string>();
  const value = typed ?? setting.value;
  const days = setting.name.endsWith("_days");
  const good =
    typeof value === "number" && Number.isInteger(value) && value >= setting.least && value <= setting.most;
  const limits = t("upstream.numberRule", { least: format.count(setting.least), most: format.count(setting.most) });
  const { fields, others } = sortErrors(save.error, { value: "value", name: "value" });
  const send = (next: number) =>
    save.mutate(
      { name: setting.name, value: next },
      {
        onSuccess: () => {
          setTyped(undefined);
          toastDone(t("setting.saved"));
        },
      },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (good) {
      send(value);
    }
  };
  return (
    <form onSubmit={submit} data-setting={setting.name} noValidate>
      <Group align="flex-end" gap="sm">
        <NumberInput
          label={doc}
          description={
            <>
              {t("setting.usual", { n: format.count(setting.usual) })} · {setting.name}
            </>
          }
          suffix={days ? ` ${t("upstream.unit.days")}` : ""}
          thousandSeparator=" "
          allowDecimal={false}
          clampBehavior="none"
          min={setting.least}
          max={setting.most}
          value={value}
          onChange={setTyped}
          readOnly={!editable}
          error={fields.value ?? others[0] ?? (good ? undefined : limits)}
          w={{ base: "100%", xs: 420 }}
        />
        {editable && typed !== undefined && typed !== setting.value && (
          <Button type="submit" size="sm" loading={save.isPending} disabled={!good}>
            {t("form.save")}
          </Button>
        )}
        {editable && typed === undefined && setting.value !== setting.usual && (
          <Button
            size="sm"
            variant="subtle"
            loading={save.isPending}
            onClick={() => send(setting.usual)}
            aria-label={t("setting.backOf", { name: setting.name })}
          >
            {t("setting.back")}
          </Button>
        )}
      </Group>
      {setting.changed_by && setting.changed_at && (
        <Text size="xs" c="dimmed" mt={4}>
          {t("setting.changed", { who: setting.changed_by, when: format.moment(setting.changed_at) })}
        </Text>
      )}
    </form>
  );
}

export function Settings() {
  const { t } = useTranslation("admin");
  const query = useSettings();
  const editable = useMay()("admin", true);
  const items = query.data?.items ?? [];
  return (
    <Paper withBorder radius="lg" p="md">
      <ListState
        query={query}
        count={items.length}
        empty={<EmptyState icon={<IconAdjustments size={22} />} title={t("setting.none")} />}
      >
        <Stack gap="lg">
          {!editable && (
            <Text size="sm" c="dimmed">
              {t("setting.readOnly")}
            </Text>
          )}
          {items.map((setting) => (
            <Line key={setting.name} setting={setting} editable={editable} />
          ))}
        </Stack>
      </ListState>
    </Paper>
  );
}

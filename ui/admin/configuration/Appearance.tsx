/* Language and colours of the pages; this browser keeps them. */
import { Paper, SegmentedControl, Select, Stack, Text, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "@shared/texts/language";
import { speak } from "@shared/texts/start";

export function Appearance() {
  const { t, i18n } = useTranslation(["admin", "shared"]);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Paper withBorder radius="lg" p="md">
      <Stack gap="md" maw={420}>
        <Text size="sm" c="dimmed">
          {t("admin:appearance.hint")}
        </Text>
        <Select
          label={t("shared:language.label")}
          data={LANGUAGES.map((one) => ({ value: one as string, label: t(`shared:language.${one}`) }))}
          value={i18n.language}
          onChange={(chosen) => {
            const language = LANGUAGES.find((one) => one === chosen);
            if (language) {
              void speak(language);
            }
          }}
          allowDeselect={false}
        />
        <Stack gap={4}>
          <Text size="sm" fw={500} id="scheme">
            {t("admin:appearance.scheme")}
          </Text>
          <SegmentedControl
            aria-labelledby="scheme"
            value={colorScheme}
            onChange={(scheme) => setColorScheme(scheme as MantineColorScheme)}
            data={[
              { value: "auto", label: t("admin:appearance.auto") },
              { value: "light", label: t("admin:appearance.light") },
              { value: "dark", label: t("admin:appearance.dark") },
            ]}
          />
        </Stack>
      </Stack>
    </Paper>
  );
}

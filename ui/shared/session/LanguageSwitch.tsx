/* The languages below the sign-in form, where there is no menu yet. */
import { Anchor, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../texts/language";
import { speak } from "../texts/start";

export function LanguageSwitch() {
  const { t, i18n } = useTranslation("shared");
  return (
    <Group gap="md" justify="center" role="group" aria-label={t("language.label")}>
      {LANGUAGES.map((language) => (
        <Anchor
          key={language}
          component="button"
          type="button"
          size="sm"
          lang={language}
          aria-pressed={i18n.language === language}
          c={i18n.language === language ? undefined : "dimmed"}
          onClick={() => void speak(language)}
        >
          {t(`language.${language}`)}
        </Anchor>
      ))}
    </Group>
  );
}

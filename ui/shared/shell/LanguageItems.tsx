/* The languages, as entries of a menu; each is named in its own words. */
import { Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language } from "../texts/language";
import { speak } from "../texts/start";

export function LanguageItems() {
  const { t, i18n } = useTranslation("shared");
  return (
    <>
      <Menu.Label>{t("language.label")}</Menu.Label>
      <Menu.RadioGroup
        value={i18n.language}
        onChange={(language) => void speak(language as Language)}
        aria-label={t("language.label")}
      >
        {LANGUAGES.map((language) => (
          <Menu.RadioItem key={language} value={language} lang={language} closeMenuOnClick>
            {t(`language.${language}`)}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}

/* The languages, as entries of a menu; each is named in its own words. */
import { Menu } from "@mantine/core";
import { IconCheck, IconLanguage } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { LANGUAGES } from "../texts/language";
import { speak } from "../texts/start";

export function LanguageItems() {
  const { t, i18n } = useTranslation("shared");
  return (
    <>
      <Menu.Label>{t("language.label")}</Menu.Label>
      {LANGUAGES.map((language) => {
        const spoken = i18n.language === language;
        return (
          <Menu.Item
            key={language}
            role="menuitemradio"
            aria-checked={spoken}
            lang={language}
            leftSection={spoken ? <IconCheck size={16} aria-hidden /> : <IconLanguage size={16} aria-hidden />}
            onClick={() => void speak(language)}
          >
            {t(`language.${language}`)}
          </Menu.Item>
        );
      })}
    </>
  );
}

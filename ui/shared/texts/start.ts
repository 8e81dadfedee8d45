/*
 * The texts: one catalogue of shared words and one of the application. English is complete; a
 * further language is a further file beside each en.json and an entry here.
 */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import shared from "./en.json";

export function startTexts(app: "analytics" | "admin", catalogue: object): void {
  void i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { shared, [app]: catalogue } },
    ns: ["shared", app],
    defaultNS: app,
    interpolation: { escapeValue: false },
    initAsync: false,
  });
}

/*
 * The texts: one catalogue of shared words and one of the application, in each language. English is
 * part of the page, another language is loaded when it is spoken; a further one is a further file
 * beside each en.json and an entry in LANGUAGES and in the two tables of loaders.
 */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";
import { LANGUAGES, keepLanguage, readLanguage, type Language } from "./language";

type Load = () => Promise<unknown>;
export type Application = "analytics" | "admin";
type Loaders = Record<Exclude<Language, "en">, Load>;

/** By namespace; in English the server says what errors and broken rules mean. */
const SHARED: Record<Exclude<Language, "en">, () => Promise<Record<"shared" | "faults" | "rules", object>>> = {
  id: async () => (await import("./indonesian")).default,
};

let application: { name: Application; catalogues: Loaders } | undefined;

/** Texts that came later, with the pages that need them. */
const later: { name: Application; catalogues: Record<Language, Load>; loaded: Set<Language> }[] = [];

async function loadLater(language: Language): Promise<void> {
  await Promise.all(
    later
      .filter(({ loaded }) => !loaded.has(language))
      .map(async ({ name, catalogues, loaded }) => {
        i18next.addResourceBundle(language, name, await catalogues[language](), true, false);
        loaded.add(language);
      }),
  );
}

/** Adds texts to those of the application: now in its language, and in each other once it is spoken. */
export async function addTexts(name: Application, catalogues: Record<Language, Load>): Promise<void> {
  later.push({ name, catalogues, loaded: new Set() });
  const spoken = LANGUAGES.find((language) => language === i18next.language) ?? "en";
  await loadLater(spoken);
}

async function load(language: Language): Promise<void> {
  await loadLater(language);
  if (language === "en" || !application || i18next.hasResourceBundle(language, "shared")) {
    return;
  }
  const [shared, own] = await Promise.all([SHARED[language](), application.catalogues[language]()]);
  Object.entries(shared).forEach(([name, words]) => i18next.addResourceBundle(language, name, words));
  i18next.addResourceBundle(language, application.name, own);
}

/** Changes the page's language; where its texts can't be loaded the page keeps the one it has. */
export async function speak(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  keepLanguage(language);
}

export async function startTexts(
  name: Application,
  english: object,
  catalogues: Loaders,
): Promise<void> {
  application = { name, catalogues };
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { shared: en, [name]: english } },
    ns: ["shared", name],
    defaultNS: name,
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language;
    document.title = i18next.t(`${name}:title`);
  });
  const language = readLanguage();
  await load(language)
    .then(() => i18next.changeLanguage(language))
    .catch(() => i18next.changeLanguage("en"));
}

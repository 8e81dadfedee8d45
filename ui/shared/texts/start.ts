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

const SHARED: Loaders = {
  // The calendars' names of months come with it.
  id: async () => {
    const [own, coverage] = await Promise.all([
      import("./id.json"),
      import("../coverage/texts/id.json"),
      import("dayjs/locale/id"),
    ]);
    return { ...own.default, ...coverage.default };
  },
};

/** What errors and broken rules mean; in English the server says it. */
const FAULTS: Record<Exclude<Language, "en">, () => Promise<{ faults: object; rules: object }>> = {
  id: async () => {
    const [faults, rules] = await Promise.all([import("../faults/id.json"), import("../faults/rules.id.json")]);
    return { faults: faults.default, rules: rules.default };
  },
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
  const [shared, own, { faults, rules }] = await Promise.all([
    SHARED[language](),
    application.catalogues[language](),
    FAULTS[language](),
  ]);
  i18next.addResourceBundle(language, "faults", faults);
  i18next.addResourceBundle(language, "rules", rules);
  i18next.addResourceBundle(language, "shared", shared);
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

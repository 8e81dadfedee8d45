/*
 * Which language the page speaks: what was chosen in this browser, else the first of the browser's
 * own languages that there is, else English.
 */
export const LANGUAGES = ["en", "id"] as const;
export type Language = (typeof LANGUAGES)[number];

const KEY = "dealer-dashboard-language";

function known(tag: string | null): Language | undefined {
  const base = tag?.toLowerCase().split("-")[0];
  // Browsers of old call Indonesian `in`.
  return LANGUAGES.find((one) => one === (base === "in" ? "id" : base));
}

export function pickLanguage(chosen: string | null, wanted: readonly string[]): Language {
  return known(chosen) ?? wanted.map(known).find((one) => one !== undefined) ?? "en";
}

/** A browser that keeps nothing (a private window, say) has chosen nothing. */
export function readLanguage(): Language {
  let chosen: string | null = null;
  try {
    chosen = window.localStorage.getItem(KEY);
  } catch {
    chosen = null;
  }
  return pickLanguage(chosen, window.navigator.languages);
}

export function keepLanguage(language: Language): void {
  try {
    window.localStorage.setItem(KEY, language);
  } catch {
    // The choice then lasts as long as the page.
  }
}

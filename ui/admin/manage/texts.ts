/*
 * The texts of the pages that administrators need now and then. They come with the first of these pages, so that
 * the dealers are there sooner.
 */
import { addTexts } from "@shared/texts/start";

let coming: Promise<void> | undefined;

export function manageTexts(): Promise<void> {
  coming ??= addTexts("admin", {
    en: async () => (await import("./texts/en.json")).default,
    id: async () => (await import("./texts/id.json")).default,
  }).catch((error: unknown) => {
    coming = undefined;
    throw error;
  });
  return coming;
}

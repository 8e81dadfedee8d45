/*
 * The texts of the pages about jobs, schedules and coverage. They are added to the Admin
 * Panel's own when the first of these pages is loaded: the panel's first page does without them. Imported for
 * that effect, by each page, which is there once they are.
 */
import { addTexts } from "@shared/texts/start";

await addTexts("admin", {
  en: async () => (await import("./texts/en.json")).default,
  id: async () => (await import("./texts/id.json")).default,
});

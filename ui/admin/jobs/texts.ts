/*
 * The English words of the pages about jobs, added to the Admin Panel's own when the first of these
 * pages is loaded: the panel's first page does without them. Imported for that effect, by each page.
 * Other languages are one file when they are spoken.
 */
import i18next from "i18next";
import en from "./texts/en.json";

i18next.addResourceBundle("en", "admin", en, true, true);

/*
 * The English words of the charts, added to the dashboard's own when the charts are loaded. Imported for
 * that effect, by Charts alone, so that they come with it. Other languages are one file when they are spoken.
 */
import i18next from "i18next";
import en from "./texts/en.json";

i18next.addResourceBundle("en", "analytics", en, true, true);

/*
 * The English words of the pages about several dealers, added to the dashboard's own when the first of them
 * is loaded. Imported for that effect. Other languages are one file when they are spoken.
 */
import i18next from "i18next";
import en from "./texts/en.json";

i18next.addResourceBundle("en", "analytics", en, true, true);

/*
 * The English words about coverage, added to the shared ones when the first part of it is loaded: the
 * first pages do without them. Imported for that effect. Other languages are one file when they are spoken.
 */
import i18next from "i18next";
import en from "./texts/en.json";

i18next.addResourceBundle("en", "shared", en, true, true);

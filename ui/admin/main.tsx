/* Entry of the Admin Panel. */
import i18next from "i18next";
import { mountApp } from "@shared/shell/AppRoot";
import { startTexts } from "@shared/texts/start";
import { App } from "./App";
import en from "./texts/en.json";

startTexts("admin", en);
const title = i18next.t("admin:title");
mountApp(title, title, <App />);

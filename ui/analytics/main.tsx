/* Entry of the Analytics Dashboard. */
import i18next from "i18next";
import { mountApp } from "@shared/shell/AppRoot";
import { startTexts } from "@shared/texts/start";
import { App } from "./App";
import en from "./texts/en.json";

startTexts("analytics", en);
const title = i18next.t("analytics:title");
mountApp(title, title, <App />);

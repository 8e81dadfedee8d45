/* Entry of the Analytics Dashboard. */
import { mountApp } from "@shared/shell/AppRoot";
import { startTexts } from "@shared/texts/start";
import { App } from "./App";
import en from "./texts/en.json";

// Not awaited here: some words come with a file that needs this one to have run.
void startTexts("analytics", en, { id: async () => (await import("./texts/indonesian")).default }).then(() => mountApp("analytics", <App />));

/* Entry of the Analytics Dashboard. */
import { mountApp } from "@shared/shell/AppRoot";
import { startTexts } from "@shared/texts/start";
import { App } from "./App";
import en from "./texts/en.json";

await startTexts("analytics", en, { id: async () => (await import("./texts/indonesian")).default });
mountApp("analytics", <App />);

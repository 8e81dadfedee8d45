/* Entry of the Admin Panel. */
import { mountApp } from "@shared/shell/AppRoot";
import { startTexts } from "@shared/texts/start";
import { App } from "./App";
import en from "./texts/en.json";

await startTexts("admin", en, { id: async () => (await import("./texts/id.json")).default });
mountApp("admin", <App />);

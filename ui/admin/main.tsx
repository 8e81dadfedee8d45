/* Entry of the Admin Panel. */
import { mountApp } from "@shared/shell/AppRoot";
import { startTexts } from "@shared/texts/start";
import { App } from "./App";
import en from "./texts/en.json";

await startTexts("admin", en, {
  id: async () => {
    const [own, jobs] = await Promise.all([import("./texts/id.json"), import("./jobs/texts/id.json")]);
    return { ...own.default, ...jobs.default };
  },
});
mountApp("admin", <App />);

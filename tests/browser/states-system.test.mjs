/*
 * The pages of the Admin Panel about access and the system in each state they can be in: loading, failed, empty, in
 * part, old, offline. Each is seen to be there, checked and photographed.
 */
import { after, before, test } from "node:test";
import { start } from "./browser.mjs";
import { goThrough } from "./states.mjs";
import { endpoints, link } from "./system.mjs";

const PAGES = [
  { name: "labels", path: "#/labels", of: /v1\/labels/, shown: "tr[data-label]", none: { en: "No label yet" } },
  { name: "users", path: "#/users", of: /v1\/users/, shown: "tr[data-user]" },
  { name: "keys", path: "#/keys", of: /v1\/keys/, shown: 'tr[data-key], :text("No key yet")', none: { en: "No key yet" } },
  { name: "audit", path: "#/audit", of: /v1\/audit/, shown: "tr[data-entry]", none: { en: "No change matches" } },
  {
    name: "configuration",
    path: "#/configuration",
    of: /v1\/upstreams/,
    shown: "[data-upstream]",
    part: /v1\/upstreams\/sim\/state/,
    none: { en: "No upstream yet" },
  },
  {
    name: "settings",
    path: "#/configuration?tab=settings",
    of: /v1\/settings/,
    shown: "[data-setting]",
  },
  {
    name: "services",
    path: "#/services",
    of: /v1\/(services|storage|upstreams|dealers)/,
    shown: "tr[data-service]",
    part: /v1\/storage/,
  },
];

let browser;
before(async () => {
  browser = await start();
  const page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
  await page.close();
});
after(() => browser?.close());

for (const row of PAGES) {
  test(`the page ${row.name} is shown in each of its states`, () =>
    goThrough(browser, endpoints.admin, "admin", row));
}

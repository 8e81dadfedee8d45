/*
 * The pages of the Admin Panel about data in each state they can be in: loading, failed, empty, in part, old, offline.
 * Each is seen to be there, checked and photographed.
 */
import { after, before, test } from "node:test";
import { start } from "./browser.mjs";
import { goThrough } from "./states.mjs";
import { api, endpoints, link } from "./system.mjs";

const PAGES = [
  {
    name: "dealers",
    main: true,
    path: "#/dealers",
    of: /v1\/dealers\?/,
    shown: "tr[data-dealer]",
    none: { en: "No dealer yet", id: "Belum ada dealer" },
  },
  {
    name: "jobs",
    main: true,
    path: "#/jobs",
    of: /v1\/jobs\?/,
    shown: "tr[data-job]",
    none: { en: "No job yet", id: "Belum ada pekerjaan" },
  },
  {
    name: "job",
    of: /v1\/jobs\/[^/]+$/,
    shown: "[data-progress]",
    part: /v1\/jobs\/[^/]+\/tasks/,
  },
  {
    name: "schedules",
    path: "#/schedules?tab=freshness",
    of: /v1\/freshness/,
    shown: "tr[data-freshness]",
    none: { en: "No target yet" },
  },
  {
    name: "coverage",
    path: "#/coverage",
    of: /v1\/dealers\?/,
    shown: "[data-day][data-state]",
    part: /v1\/coverage.*dealer_id=12284/,
    partly: "The database cannot be reached.",
    none: { en: "No dealer to show" },
  },
  {
    name: "quarantine",
    path: "#/quarantine",
    of: /v1\/quarantine/,
    shown: "text=Nothing waits",
    part: /v1\/quarantine\/summary/,
  },
];

let browser;
before(async () => {
  const [job] = (await api("jobs?dealer_id=12284&state=succeeded&limit=1")).items;
  PAGES.find((row) => row.name === "job").path = `#/jobs/${job.id}`;
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

/*
 * Every page of the Admin Panel in each state it can be in: loading, failed, empty, in part, old, offline, and not for
 * whoever looks. Each is seen to be there, checked and photographed.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { errorShown, goThrough, look, openTab } from "./states.mjs";
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
  { name: "labels", path: "#/labels", of: /v1\/labels/, shown: "tr[data-label]", none: { en: "No label yet" } },
  { name: "users", path: "#/users", of: /v1\/users/, shown: "tr[data-user]" },
  { name: "keys", path: "#/keys", of: /v1\/keys/, shown: "text=No key yet", none: { en: "No key yet" } },
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

/** Not for one who may only look. */
const NOT_FOR_VIEWERS = ["schedules", "quarantine", "labels", "users", "keys", "persons", "audit", "configuration", "services"];

/** What a dialog says while its answer does not come, and when it is a refusal. */
const DIALOGS = [
  {
    name: "add-dealer",
    of: /v1\/dealers$/,
    open: async (page) => {
      await page.getByRole("button", { name: "Add dealer" }).click();
      await page.getByRole("dialog").getByLabel("Code", { exact: false }).first().fill("NEVER");
      await page.getByRole("dialog").getByLabel("Name", { exact: false }).first().fill("Never Motor");
      await page.getByRole("dialog").getByRole("button", { name: "Add dealer" }).click();
    },
    refused: (page, dialog) => dialog.getByRole("alert").getByText("The database cannot be reached.").waitFor(),
  },
  {
    name: "test-connection",
    of: /v1\/dealers\/12284\/test$/,
    open: async (page) => {
      await page.locator('tr[data-dealer="12284"]').getByRole("button").click();
      await page.getByRole("menuitem", { name: "Test connection" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Test now" }).click();
    },
    refused: errorShown,
  },
  {
    name: "deactivate",
    of: /v1\/dealers\/12284$/,
    open: async (page) => {
      await page.locator('tr[data-dealer="12284"]').getByRole("button").click();
      await page.getByRole("menuitem", { name: "Deactivate" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    },
    refused: errorShown,
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

for (const { name, of, open, refused } of DIALOGS) {
  test(`the dialog ${name} says that it waits, and that it was refused`, async () => {
    const context = await browser.again();
    try {
      const page = await openTab(context, `${endpoints.admin}/#/dealers`, { answers: "none", of }, "en");
      await page.locator("tr[data-dealer]").first().waitFor();
      await open(page);
      const dialog = page.getByRole("dialog");
      await dialog.locator("[data-loading]").first().waitFor();
      const wrong = await look(page, `admin-dialog-${name}-loading`);
      page.way = { answers: "fault", of };
      await page.reload();
      await page.locator("tr[data-dealer]").first().waitFor();
      await open(page);
      await refused(page, dialog);
      wrong.push(...(await look(page, `admin-dialog-${name}-error`)));
      assert.deepEqual(wrong, []);
    } finally {
      await context.close();
    }
  });
}

test("who may only look is told so by every page that is not for them", async () => {
  const login = `states.${Date.now().toString(36)}`;
  await api("users", { login, role: "viewer", all_dealers: true });
  const { token } = await api(`users/${login}/link`, {});
  const page = await browser.openApart(`${endpoints.admin}/#/start?token=${token}`);
  try {
    await page.locator("tr[data-dealer]").first().waitFor();
    for (const { width, dark } of [{ width: 1440 }, { width: 360, dark: true }]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
      for (const name of NOT_FOR_VIEWERS) {
        await page.evaluate((hash) => (window.location.hash = hash), `#/${name}`);
        await page.locator('[data-standstill="forbidden"]').getByRole("heading", { name: / is not for you$/ }).waitFor();
        assert.equal(await sideScroll(page), 0, name);
        await picture(page, `admin-${name}-forbidden-${width}${dark ? "-dark" : ""}`);
      }
      assert.deepEqual(await violations(page), []); // they differ in words alone
    }
  } finally {
    await page.context().close();
  }
});

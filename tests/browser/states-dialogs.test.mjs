/*
 * Dialogs of the Admin Panel while they wait and when they were refused, and its pages for one who may only look.
 * Each is seen to be there, checked and photographed.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { look, openTab, undoneShown } from "./states.mjs";
import { api, endpoints, link } from "./system.mjs";

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
    refused: undoneShown,
  },
  {
    name: "deactivate",
    of: /v1\/dealers\/12284$/,
    open: async (page) => {
      await page.locator('tr[data-dealer="12284"]').getByRole("button").click();
      await page.getByRole("menuitem", { name: "Deactivate" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    },
    refused: undoneShown,
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

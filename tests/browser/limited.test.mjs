/*
 * An operator who may see one dealer alone: that one is paused, scheduled and fetched, and nothing is offered that is
 * about all.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, endpoints, until } from "./system.mjs";

const MARK = Date.now().toString(36).slice(-7).toUpperCase();
const CODE = `O${MARK}`;
const LOGIN = `limited.${MARK}`;

let browser;
let page;
before(async () => {
  await api("dealers", {
    dealer_id: CODE,
    dealer_name: "Limited Motor",
    upstream: "sim",
    upstream_dealer_id: "12284",
    api_key: "dgi-key-sim:group-a",
    secret_key: "dgi-secret-sim:group-a",
  });
  await api("users", { login: LOGIN, role: "operator", dealers: [CODE] });
  const { token } = await api(`users/${LOGIN}/link`, {});
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(`${endpoints.admin}/#/start?token=${token}`);
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
});
after(() => browser?.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const gone = () => dialog().waitFor({ state: "detached" });

test("their dealer is paused and resumed; feeds and everything are not theirs", async () => {
  await go("#/jobs");
  await page.getByRole("button", { name: "Pause …" }).click();
  assert.equal(await dialog().getByText("Everything").count(), 0);
  await dialog().getByRole("combobox", { name: "Dealer" }).or(dialog().getByLabel("Dealer")).first().click();
  assert.equal(await page.getByRole("option").count(), 1);
  await page.getByRole("option", { name: new RegExp(CODE) }).click();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Pause" }).last().click();
  await gone();
  const pause = page.locator(`[data-pause="dealer ${CODE}"]`);
  await pause.getByRole("button", { name: /Resume/ }).click();
  await pause.waitFor({ state: "detached" });
});

test("a job names its dealers, and shows among the others once it is there", async () => {
  await page.getByRole("button", { name: "Run job" }).click();
  await dialog().getByPlaceholder("Choose one or more").waitFor();
  assert.equal(await dialog().getByText("All active dealers").count(), 0);
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await gone();
  const { id } = await api("jobs", { dealer_ids: [CODE], from: dayBack(1), to: dayBack(1) });
  await until(() => api(`jobs/${id}`), (job) => ["succeeded", "partial", "failed"].includes(job.state));
  await page.locator(`tr[data-job="${id}"]`).waitFor();
  await page.getByRole("button", { name: "Bulk actions" }).click();
  await page.getByRole("menuitem", { name: /again/ }).waitFor();
  await page.keyboard.press("Escape");
});

test("a schedule of their dealer is made and removed", async () => {
  await go("#/schedules");
  await page.getByRole("button", { name: "Add schedule" }).click();
  assert.equal(await dialog().getByText("All active dealers").count(), 0);
  await dialog().getByPlaceholder("Choose one or more").click();
  await page.getByRole("option", { name: new RegExp(CODE) }).click();
  await page.keyboard.press("Tab");
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Add schedule" }).click();
  await gone();
  const [made] = (await api(`schedules?dealer_id=${CODE}`)).items;
  const line = page.locator(`tr[data-schedule="${made.id}"]`);
  await line.waitFor();
  await line.getByRole("button", { name: /^Actions/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await dialog().getByRole("button", { name: "Delete" }).click();
  await line.waitFor({ state: "detached" });
});

test("their quarantine and freshness are shown, changed fields of the upstream are not", async () => {
  await go("#/schedules?tab=freshness");
  await page.getByRole("button", { name: "Add target" }).waitFor();
  await go("#/quarantine");
  await page.getByText("Nothing waits").waitFor();
  assert.equal(await page.getByRole("tab", { name: "Changed fields" }).count(), 0);
  assert.deepEqual(await violations(page), []);
  for (const path of ["labels", "persons", "users"]) {
    await go(`#/${path}`);
    await page.locator('[data-standstill="forbidden"]').waitFor();
  }
  await page.setViewportSize({ width: 360, height: 800 });
  await go("#/jobs");
  await page.getByRole("button", { name: "Pause …" }).waitFor();
  await until(() => sideScroll(page), (pixels) => pixels === 0, 5);
});

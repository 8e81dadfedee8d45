/*
 * Schedules and freshness targets in the Admin Panel: made by presets or by cron with its next runs,
 * run at once, paused and resumed, looked up tick by tick, removed; whom they are not for.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, link, until } from "./system.mjs";

const NAME = `Browser ${Date.now().toString(36)}`;
const CODE = `S${Date.now().toString(36).slice(-7).toUpperCase()}`;

let browser;
let page;
let id;
let ticking;
before(async () => {
  await api("dealers", { dealer_id: CODE, dealer_name: `Jadwal ${CODE}`, upstream: "sim", upstream_dealer_id: "99902", api_key: "dgi-key-sim:group-b", secret_key: "dgi-secret-sim:group-b" });
  // Begins early: minutes are as fine as a cron expression gets.
  ticking = (await api("schedules", { name: `${NAME} each minute`, dealer_ids: [CODE], cron: "* * * * *" })).id;
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.locator("main h1").waitFor();
  await go("#/schedules");
  await page.getByRole("heading", { name: "Schedules", level: 1 }).waitFor();
});
after(async () => {
  await browser.close();
  await api(`schedules/${ticking}`, undefined, "DELETE");
  await api(`dealers/${CODE}`, { is_active: false }, "PATCH");
});
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const row = () => page.locator(`tr[data-schedule="${id}"]`);

async function menu(item) {
  await row().getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

async function chooseDealer() {
  await dialog().getByPlaceholder("Choose one or more").click();
  await page.keyboard.type(CODE);
  await page.getByRole("option", { name: new RegExp(CODE) }).click();
  await page.keyboard.press("Tab");
}

test("a schedule is made by a preset, in plain words and with its next runs", async () => {
  await page.getByRole("button", { name: "Add schedule" }).click();
  await dialog().getByLabel("Name").fill(NAME);
  await dialog().getByRole("button", { name: "Add schedule" }).click();
  await dialog().getByText("Choose at least one dealer").waitFor();
  await chooseDealer();
  await dialog().getByText("Weekdays", { exact: true }).click();
  await dialog().getByLabel("Time", { exact: false }).first().fill("05:45");
  const preview = dialog().locator('[data-preview="good"]');
  await preview.getByText("Monday to Friday at 05:45, Jakarta time").waitFor();
  assert.equal(await preview.getByRole("listitem").count(), 5);
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-schedule-new-1440");
  await dialog().getByRole("button", { name: "Add schedule" }).click();
  await dialog().waitFor({ state: "detached" });
  const made = (await api(`schedules?dealer_id=${CODE}`)).items.find((one) => one.name === NAME);
  id = made.id;
  assert.deepEqual([made.name, made.cron, made.zone, made.catch_up], [NAME, "45 5 * * 1,2,3,4,5", "Asia/Jakarta", "once"]);
  await row().getByText("Monday to Friday at 05:45, Jakarta time").waitFor();
  await row().getByText("Not run yet").locator("visible=true").waitFor();
  assert.deepEqual(await violations(page), []);
});

test("a wrong cron expression is told while it is typed", async () => {
  await menu("Edit");
  await dialog().getByText("Cron", { exact: true }).click();
  await dialog().getByLabel("Cron expression").fill("0 25 * * *");
  await dialog().locator('[data-preview="wrong"]').waitFor();
  page.faults.splice(0); // the refusal, told by the browser
  assert.deepEqual(await violations(page), []);
  await dialog().getByLabel("Cron expression").fill("0 */6 * * *");
  await dialog().locator('[data-preview="good"]').getByText("Every 6 hours at minute 0, Jakarta time").waitFor();
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().waitFor({ state: "detached" });
  assert.equal((await api(`schedules/${id}`)).cron, "0 */6 * * *");
  await row().getByText("Every 6 hours at minute 0, Jakarta time").waitFor();
});

test("it is run at once, and its last result leads to the job", async () => {
  await row().getByRole("button", { name: /^Run now/ }).locator("visible=true").click();
  const made = await until(() => api(`schedules/${id}`), (now) => now.last_job_id);
  const last = row().getByRole("link", { name: /^Last job/ }).locator("visible=true");
  await last.waitFor();
  assert.ok((await last.getAttribute("href")).endsWith(`#/jobs/${made.last_job_id}`));
  await row().locator('[data-state="succeeded"]').locator("visible=true").waitFor({ timeout: 30_000 });
});

test("it is paused by somebody and resumed", async () => {
  await menu("Pause");
  await row().locator('[data-state="paused"]').waitFor();
  await row().getByText("None while paused").locator("visible=true").waitFor();
  assert.equal((await api(`schedules/${id}`)).active, false);
  await row().getByText(/^by .*,/).first().waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-schedules-1440");
  await menu("Resume");
  await row().locator('[data-state="paused"]').waitFor({ state: "detached" });
  assert.equal((await api(`schedules/${id}`)).active, true);
});

test("a freshness target is set and removed", async () => {
  await page.getByRole("tab", { name: "Freshness" }).click();
  await page.getByRole("button", { name: "Add target" }).click();
  await dialog().getByPlaceholder("Choose one or more").click();
  await page.keyboard.type(CODE);
  await page.getByRole("option", { name: new RegExp(CODE) }).click();
  await dialog().getByLabel("At most so old, minutes").fill("");
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().getByText("5 to 43,200 minutes").waitFor();
  await dialog().getByLabel("At most so old, minutes").fill("1440");
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Save" }).click();
  const target = page.locator(`tr[data-freshness="${CODE}"]`);
  await target.getByText(/at most 24 h/).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-freshness-1440");
  await target.getByRole("button").click();
  await page.getByRole("menuitem", { name: "Remove target" }).click();
  await target.waitFor({ state: "detached" });
  assert.deepEqual((await api(`freshness?dealer_id=${CODE}`)).items, []);
});

test("at 360 px it fits", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const hash of ["#/schedules?tab=freshness", "#/schedules"]) {
    await go(hash);
    await page.locator("main table").waitFor();
    await until(() => sideScroll(page), (pixels) => pixels === 0, 5); // the frame slides away
    assert.deepEqual(await violations(page), [], hash);
  }
  await picture(page, "admin-schedules-360");
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("it is removed after a question", async () => {
  await go("#/schedules");
  await menu("Delete");
  await dialog().getByText("Jobs that it made stay").waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Delete" }).click();
  await row().waitFor({ state: "detached" });
  assert.deepEqual((await api(`schedules?dealer_id=${CODE}`)).items.map((one) => one.id), [ticking]);
});

test("its ticks tell what became of them", async () => {
  await until(() => api(`schedules/${ticking}/ticks`), (ticks) => ticks.items.length > 0, 75);
  await go(`#/schedules/${ticking}`);
  await dialog().getByRole("heading", { name: "Past runs" }).waitFor();
  await dialog().locator("[data-tick]").first().waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-ticks-1440");
  await dialog().getByRole("button", { name: "Close" }).click();
  await dialog().waitFor({ state: "detached" });
});

/*
 * What is stored, by dealer and day: told in colours and in words, walked by keys, and its holes
 * fetched from there with what it takes told before.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, link, until } from "./system.mjs";

const CODE = `C${Date.now().toString(36).slice(-7).toUpperCase()}`;
const NAME = `Cakupan ${CODE}`;
/** Days of the month before that of two months ago: whole, and not yet lost upstream. */
const MONTH = dayBack(75).slice(0, 7);
const day = (n) => `${MONTH}-${String(n).padStart(2, "0")}`;

let browser;
let page;
before(async () => {
  await api("dealers", { dealer_id: CODE, dealer_name: NAME, upstream: "sim", upstream_dealer_id: "99902", api_key: "dgi-key-sim:group-b", secret_key: "dgi-secret-sim:group-b" });
  const job = await api("jobs", { dealer_ids: [CODE], from: day(3), to: day(5) });
  await until(() => api(`jobs/${job.id}`), (now) => now.state === "succeeded");
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.locator("main h1").waitFor();
});
after(async () => {
  await browser.close();
  await api(`dealers/${CODE}`, { is_active: false }, "PATCH");
});
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const row = () => page.locator(`main [data-coverage="${CODE}"]`);
const cell = (at) => row().locator(`[data-day="${at}"]`);

test("each day of a dealer is shown, and said in words", async () => {
  await go(`#/coverage?month=${MONTH}&dealers=${CODE}`);
  await page.getByRole("heading", { name: "Coverage", level: 1 }).waitFor();
  await until(() => cell(day(4)).getAttribute("data-state"), (state) => ["complete", "empty"].includes(state));
  assert.equal(await cell(day(6)).getAttribute("data-state"), "never");
  await row().getByText(/never asked/).waitFor();
  assert.match(await cell(day(6)).getAttribute("aria-label"), new RegExp(`^${NAME}, .*: Never asked · \\d+ days left to fetch it$`));
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-coverage-1440");
});

test("it is walked by the arrow keys", async () => {
  await cell(day(1)).focus();
  for (let n = 0; n < 5; n += 1) {
    await page.keyboard.press("ArrowRight");
  }
  assert.equal(await page.evaluate(() => document.activeElement.dataset.day), day(6));
  assert.match(await page.locator("[data-coverage-words]").innerText(), /Never asked/);
  await page.keyboard.press("Home");
  assert.equal(await page.evaluate(() => document.activeElement.dataset.day), day(1));
});

test("months are stepped through and stay in the address", async () => {
  await page.getByRole("button", { name: "Month after" }).click();
  await page.waitForFunction((month) => !window.location.hash.includes(month), MONTH);
  await page.getByRole("button", { name: "Month before" }).click();
  await page.locator(`[data-month="${MONTH}"]`).waitFor();
  await go("#/coverage");
  assert.equal(await page.getByRole("button", { name: "Month after" }).isDisabled(), true);
});

test("a hole is fetched from where it is seen; the plan is told first", async () => {
  await go(`#/coverage?month=${MONTH}&dealers=${CODE}`);
  await cell(day(6)).focus();
  await page.keyboard.press("Enter");
  await dialog().locator('[data-plan="1"]').getByText("1 call to the upstream").waitFor();
  assert.equal(await dialog().getByRole("radio", { name: /^Exactly the holes/ }).isChecked(), true);
  assert.deepEqual(await violations(page), []);
  // Days 3 to 5 are stored: of 1 to 6, three are holes.
  await dialog().locator(`[data-day="${day(1)}"]`).click();
  await dialog().getByText("Now the last day.").waitFor();
  await dialog().locator(`[data-day="${day(6)}"]`).click();
  await dialog().getByText(/3 days are stored/).waitFor();
  await picture(page, "admin-run-holes-1440");
  const sent = page.waitForRequest((one) => one.method() === "POST" && one.url().endsWith("/api/v1/jobs"));
  await dialog().getByRole("button", { name: "Run", exact: true }).click();
  assert.match((await sent).headers()["idempotency-key"], /^[0-9a-f]{32}$/);
  await page.waitForFunction(() => /^#\/jobs\/[0-9a-f-]{36}/.test(window.location.hash));
  const id = /jobs\/([0-9a-f-]+)/.exec(page.url())[1];
  await until(() => api(`jobs/${id}`), (job) => job.state === "succeeded");
  await go(`#/coverage?month=${MONTH}&dealers=${CODE}`);
  for (const n of [1, 2, 6]) {
    await until(() => cell(day(n)).getAttribute("data-state"), (state) => ["complete", "empty"].includes(state));
  }
});

test("where nothing is missing, nothing can be started", async () => {
  await cell(day(4)).click();
  await dialog().getByRole("radio", { name: /^Exactly the holes/ }).check();
  await dialog().locator('[data-plan="0"]').waitFor();
  await dialog().getByText("There is nothing to fetch", { exact: false }).waitFor();
  assert.equal(await dialog().getByRole("button", { name: "Run", exact: true }).isDisabled(), true);
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await dialog().waitFor({ state: "detached" });
});

test("at 360 px it fits", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await go(`#/coverage?month=${MONTH}&dealers=${CODE}`);
  await until(() => cell(day(4)).getAttribute("data-state"), Boolean);
  await until(() => sideScroll(page), (pixels) => pixels === 0, 5); // the frame slides away
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-coverage-360");
  await cell(day(8)).click();
  await dialog().locator("[data-plan]").waitFor();
  await until(() => sideScroll(page), (pixels) => pixels === 0, 5); // the frame slides away
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-run-360");
});

/*
 * The dashboard's other pages: dealers side by side as a ranking and as lines, and coverage to be read;
 * reached by the links of the header, with what is shown in the address.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, link, until } from "./system.mjs";

const CODES = ["12284", "99901", "99902"];
const CHOSEN = `dealers=${CODES.join(",")}`;
const MONTH = `from=${dayBack(29)}&to=${dayBack(0)}`;

let browser;
let page;
before(async () => {
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("analytics"));
  await page.locator('[data-card="total"]').waitFor();
});
after(() => browser.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const group = (more = "") => api(`report/group?dealer_ids=${CODES.join(",")}&${MONTH}${more}`);
const row = (code) => page.locator(`[data-dealer="${code}"]`);
const number = async (code, cell) => Number((await row(code).locator(`[data-cell="${cell}"]`).innerText()).replace(/\D/g, ""));
const order = () => page.locator("tbody [data-dealer]").evaluateAll((all) => all.map((one) => one.dataset.dealer));

test("the pages are links of the header, reached by keyboard, and keep the range", async () => {
  await go("#/?dealer=12284&range=90d");
  const there = page.getByRole("navigation").getByRole("link", { name: "Dealers side by side" });
  await there.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Dealers side by side", level: 1 }).waitFor();
  assert.match(page.url(), /#\/group\?.*range=90d/);
  assert.equal(await there.getAttribute("aria-current"), "page");
});

test("the figures of each dealer and of all together are those of the API", async () => {
  await go(`#/group?${CHOSEN}&compare=previous`);
  await row("totals").waitFor();
  const report = await group("&compare=previous");
  for (const one of [...report.items, { ...report.totals, dealer_id: "totals" }]) {
    for (const cell of ["total", "active", "new"]) {
      assert.equal(await number(one.dealer_id, cell), one[cell], `${one.dealer_id} ${cell}`);
    }
    assert.match(await row(one.dealer_id).locator('[data-cell="change"]').innerText(), one.change === undefined ? /–/ : /%/);
    assert.equal(await row(one.dealer_id).locator("[data-series]").getAttribute("data-series"), "30");
  }
  assert.deepEqual(await violations(page), []);
  await picture(page, "group-1440");
});

test("a head sorts by the server; the order is in the address and comes back with it", async () => {
  await go(`#/group?${CHOSEN}`);
  await row("totals").waitFor();
  await page.getByRole("button", { name: "Dealer", exact: true }).focus();
  await page.keyboard.press("Enter");
  await page.locator('th[aria-sort="ascending"]', { hasText: "Dealer" }).waitFor();
  const wanted = (await group("&sort=name&order=asc")).items.map((one) => one.dealer_id).join();
  await until(order, (codes) => codes.join() === wanted, 10);
  assert.match(page.url(), /sort=name&order=asc/);
  await page.reload();
  await until(order, (codes) => codes.join() === wanted, 10);
});

test("the lines have one measure, and the choice is in the address", async () => {
  await go(`#/group?${CHOSEN}`);
  await page.getByText("Lines", { exact: true }).click();
  await page.waitForFunction(() => window.location.hash.includes("view=lines"));
  await page.getByText("all in one measure").waitFor();
  assert.equal(await page.locator("[data-series]").count(), CODES.length);
  assert.deepEqual(await violations(page), []);
  await picture(page, "group-lines-1440");
});

test("a dealer leads to its dashboard, for the same days", async () => {
  await go(`#/group?${CHOSEN}&range=7d&sort=new`);
  await row("99901").getByRole("link").click();
  await page.getByRole("heading", { name: "Example Motor", level: 1 }).waitFor();
  assert.match(page.url(), /#\/\?.*dealer=99901/);
  assert.match(page.url(), /range=7d/);
});

test("the file has what is shown; more than a year is cut, and said", async () => {
  await go(`#/group?${CHOSEN}&range=all`);
  await page.getByText("At most a year", { exact: false }).waitFor();
  await row("totals").waitFor();
  const file = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  const lines = (await (await page.request.get(file)).text()).trim().split("\n");
  assert.equal(lines.length, CODES.length + 1);
  assert.match(lines[0], /^dealer_id,dealer_name,/);
});

test("all of the dashboard is saved as a workbook, of the days that are shown", async () => {
  await go("#/?dealer=12284&range=7d");
  await page.locator('[data-card="total"]').waitFor();
  await page.getByRole("button", { name: "More", exact: true }).click();
  const file = await page.getByRole("menuitem", { name: "Everything as XLSX" }).getAttribute("href");
  assert.equal(new URL(file).searchParams.get("from"), dayBack(6));
  const answer = await page.request.get(file);
  assert.equal(answer.status(), 200);
  assert.equal((await answer.body()).subarray(0, 2).toString(), "PK");
  await page.keyboard.press("Escape");
});

test("coverage is read here by arrow keys, and nothing can be started from it", async () => {
  await go(`#/coverage?${CHOSEN}`);
  await page.getByRole("heading", { name: "Coverage", level: 1 }).waitFor();
  const first = page.locator('[data-coverage="12284"] [data-day]').first();
  await until(() => first.getAttribute("data-state"), Boolean, 10);
  await first.focus();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  assert.match(await page.locator("[data-coverage-words]").innerText(), /^Sample Dealer, /);
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.getByRole("button", { name: "Month before" }).click();
  await page.waitForFunction(() => window.location.hash.includes("month="));
  assert.deepEqual(await violations(page), []);
});

test("at 360 px nothing is wider than the window", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const hash of [`#/group?${CHOSEN}&compare=previous`, `#/group?${CHOSEN}&view=lines`, `#/coverage?${CHOSEN}`]) {
    await go(hash);
    await page.locator(hash.includes("coverage") ? "[data-coverage]" : "[data-series]").first().waitFor();
    assert.equal(await sideScroll(page), 0, hash);
    assert.deepEqual(await violations(page), [], hash);
  }
  await picture(page, "coverage-read-360");
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("it speaks Indonesian", async () => {
  await page.evaluate(() => (window.location.hash = "#/group"));
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitemradio", { name: "Bahasa Indonesia" }).click();
  await page.getByRole("heading", { name: "Dealer berdampingan", level: 1 }).waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Cakupan" }).click();
  await page.getByRole("heading", { name: "Cakupan", level: 1 }).waitFor();
  await page.getByText("Lengkap, kosong").waitFor();
});

/*
 * The dashboard beyond one dealer's figures: several dealers, another time to compare with, saving what is
 * shown, a screen on a wall, paper.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { picture, showDealer, sideScroll, start, violations } from "./browser.mjs";
import { api, link, until } from "./system.mjs";

let browser;
let page;
before(async () => {
  browser = await start({ viewport: { width: 1440, height: 1000 } });
  page = await browser.open(link("analytics"));
});
after(() => browser.close());

const card = async (name) => Number((await page.locator(`[data-card="${name}"]`).innerText()).replace(/[^\d.]/g, ""));
const report = (query) => api(`report/prospects?${query}`);

test("all dealers are the sum of each, and several can be chosen", async () => {
  await showDealer(page, "*", "&range=all");
  const each = await Promise.all(["12284", "99901", "99902"].map((code) => report(`dealer_id=${code}`)));
  // Other files' dealers are fetched meanwhile.
  const [shown] = await until(async () => [await card("total"), (await report("")).total], ([page, told]) => page === told);
  assert.ok(shown >= each.reduce((sum, one) => sum + one.total, 0));
  await page.getByRole("button", { name: "Choose several" }).click();
  await page.getByRole("combobox", { name: "Dealer" }).fill("99901");
  await page.getByRole("option", { name: /99901/ }).click();
  await page.getByRole("combobox", { name: "Dealer" }).fill("99902");
  await page.getByRole("option", { name: /99902/ }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "2 dealers" }).waitFor();
  assert.match(page.url(), /dealer=99901(,|%2C)99902/);
  assert.deepEqual(await violations(page), []);
});

test("each card tells its change against the previous period, and the address keeps that", async () => {
  await showDealer(page, "12284", "&compare=previous");
  await page.locator("[data-change]").first().waitFor();
  assert.equal(await page.locator("[data-change]").count(), 5);
  const [today] = new Date(Date.parse((await report("dealer_id=12284")).today)).toISOString().split("T");
  const from = new Date(Date.parse(today) - 29 * 86_400_000).toISOString().slice(0, 10);
  const { total, previous } = await report(`dealer_id=12284&from=${from}&to=${today}&compare=previous`);
  const change = Math.round((total / previous.total - 1) * 1000) / 10;
  const shown = await page.getByRole("region", { name: "Total prospects" }).locator("[data-change]").innerText();
  assert.ok(shown.includes(`${Math.abs(change)}%`), `${shown} tells no ${change}`);
  assert.deepEqual(await violations(page), []);
  await picture(page, "compare-1440");
});

test("a chart is saved as the table of its figures and as a picture", async () => {
  await showDealer(page, "12284");
  const saved = async (item) => {
    await page.getByRole("button", { name: "Status: save" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: item }).click()]);
    return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
  };
  const csv = await saved("Table as CSV");
  assert.equal(csv.name, "status-sample-dealer.csv");
  const lines = csv.bytes.toString("utf8").replace("\uFEFF", "").trim().split("\r\n");
  assert.equal(lines[0], "Status,Prospects,Share");
  assert.equal(lines.slice(1).reduce((sum, line) => sum + Number(line.split(",")[1]), 0), await card("total"));
  const png = await saved("Picture as PNG");
  assert.equal(png.name, "status-sample-dealer.png");
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
});

test("a screen on a wall shows the figures alone", async () => {
  await showDealer(page, "12284", "&kiosk=1");
  await page.getByRole("banner").waitFor({ state: "hidden" });
  assert.equal(await page.getByRole("combobox", { name: "Dealer" }).isVisible(), false);
  assert.deepEqual(await violations(page), []);
});

test("paper has the figures and their days, and nothing to click", async () => {
  await showDealer(page, "12284");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("button", { name: "Refresh" }).isVisible(), false);
  await page.locator(".only-print").waitFor();
  await picture(page, "print");
  await page.emulateMedia({ media: null });
});

test("on a phone nothing of it is wider than the window", async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  await showDealer(page, "12284", "&compare=previous");
  assert.equal(await sideScroll(page), 0);
  assert.deepEqual(page.faults, []);
});

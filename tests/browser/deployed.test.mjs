/*
 * The pages of a system that deploy/up brought up, in a real browser: sign-in by the one-time link,
 * figures that equal the API's, charts that are drawn, an admin who runs a job.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { showDealer, start } from "./browser.mjs";

const endpoints = JSON.parse(readFileSync(process.env.DD_ENDPOINTS));
const key = readFileSync(endpoints.admin_key_file, "utf8").trim();
const link = (page) => execFileSync("deploy/ddctl", ["link", page], { encoding: "utf8" }).trim();
const figures = async (dealer) => {
  const answer = await fetch(`${endpoints.api}/api/v1/report/prospects?dealer_id=${dealer}`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  assert.equal(answer.status, 200);
  return answer.json();
};
const number = async (page, card) =>
  Number((await page.locator(`[data-card="${card}"]`).innerText()).replace(/\D/g, ""));

let browser;
before(async () => (browser = await start()));
after(() => browser.close());

test("the analytics page shows the figures of the API, drawn", async () => {
  const before = await figures("12284"); // older days still come in the background
  const page = await browser.open(link("analytics"));
  await showDealer(page, "12284", "all");
  const shown = { total: await number(page, "total"), recent: await number(page, "recent") };
  const later = await figures("12284");
  assert.ok(shown.total >= before.total && shown.total <= later.total, `${shown.total} of ${before.total}`);
  assert.ok(shown.recent >= before.recent && shown.recent <= later.recent);
  assert.deepEqual(page.faults, []);
});

test("a one-time link works once", async () => {
  const once = link("analytics");
  const first = await browser.open(once);
  await first.locator('[data-card="total"]').waitFor();
  const stranger = await start();
  try {
    const second = await stranger.open(once);
    await second.waitForTimeout(1500);
    assert.equal(await second.locator('[data-card="total"]').count(), 0);
  } finally {
    await stranger.close();
  }
});

test("the admin panel lists the sample dealers", async () => {
  const page = await browser.open(link("admin"));
  await page.getByText("12284").first().waitFor();
  await page.getByText("Sample Dealer").first().waitFor();
  assert.deepEqual(page.faults, []);
});

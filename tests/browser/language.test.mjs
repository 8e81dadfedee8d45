/*
 * Languages: the browser's own first, then the one that was chosen; numbers, dates and errors follow it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sideScroll, showDealer, start, violations } from "./browser.mjs";
import { endpoints, link } from "./system.mjs";

const lang = (page) => page.evaluate(() => document.documentElement.lang);

test("a browser that wants Indonesian gets it, with its numbers, and keeps what was chosen instead", async () => {
  const browser = await start({ viewport: { width: 360, height: 780 }, locale: "id-ID" });
  const page = await browser.open(link("analytics"));
  await showDealer(page, "12284");
  assert.equal(await lang(page), "id");
  assert.equal(await page.title(), "Dasbor Analitik");
  await page.getByText(/^\d+,\d% dari total$/).waitFor();
  assert.deepEqual(await violations(page), []);
  assert.equal(await sideScroll(page), 0);
  await page.getByRole("button", { name: "Akun" }).click();
  await page.getByRole("menuitemradio", { name: "English" }).click();
  await page.getByText("Total prospects").waitFor();
  assert.equal(await lang(page), "en");
  await page.reload();
  await page.getByText("Total prospects").waitFor();
  assert.deepEqual(page.faults, []);
  await browser.close();
});

test("a browser with no language of ours gets English, and can choose before it signs in", async () => {
  const browser = await start({ locale: "fr-FR" });
  const page = await browser.open(endpoints.admin);
  await page.getByLabel("Login").waitFor();
  await page.getByRole("button", { name: "Bahasa Indonesia" }).click();
  await page.getByLabel("Nama pengguna").waitFor();
  assert.equal(await lang(page), "id");
  assert.deepEqual(await violations(page), []);
  await browser.close();
});

test("calendars name the days in the language of the page", async () => {
  const browser = await start({ locale: "id-ID" });
  const page = await browser.open(link("analytics"));
  await showDealer(page, "12284");
  await page.getByRole("button", { name: "Pilihan sendiri" }).click();
  await page.getByText("Sn", { exact: true }).waitFor();
  await browser.close();
});

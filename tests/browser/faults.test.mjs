/* What the server refuses, on a page that speaks Indonesian: faults at their fields and whole errors, in its language. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { picture, start, violations } from "./browser.mjs";
import { link } from "./system.mjs";

let browser;
let page;
before(async () => {
  browser = await start({ viewport: { width: 1440, height: 900 }, locale: "id-ID" });
  page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealer", exact: true }).waitFor();
});
after(() => browser?.close());

const dialog = () => page.getByRole("dialog");

test("faults of the dealer form are said at their fields in Indonesian", async () => {
  await page.getByRole("button", { name: "Tambah dealer" }).first().click();
  await dialog().getByRole("textbox", { name: "Kode", exact: true }).fill("12284");
  await dialog().getByLabel(/^Nama/).fill("Sekali lagi");
  await dialog().getByLabel(/^API key/).fill("dua kata");
  await dialog().getByLabel(/^Secret key/).fill("rahasia");
  await dialog().getByRole("button", { name: /^Tambah (dealer|dan uji)$/ }).click();
  await dialog().getByText("Harus huruf, angka, dan tanda ASCII, tanpa spasi.").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "faults-id-1440");
  await dialog().getByLabel(/^API key/).fill("satu");
  await dialog().getByRole("button", { name: /^Tambah (dealer|dan uji)$/ }).click();
  await dialog().getByText("Sudah dipakai.").waitFor();
  assert.equal(await dialog().getByText(/exists|Must|There is/).count(), 0);
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
});

test("an error as a whole says cause and advice in Indonesian, with the server's words beside it", async () => {
  await page.evaluate(() => (window.location.hash = "#/jobs/01900000-0000-7000-8000-000000000000"));
  await page.getByText(/Data itu tidak ada, sudah tidak ada, atau tidak boleh Anda lihat\./).first().waitFor();
  assert.deepEqual(await violations(page), []);
});

/*
 * Labels in the Admin Panel: names instead of codes, said for all and otherwise for one upstream, removed, uploaded
 * and downloaded as CSV.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, endpoints, link, until } from "./system.mjs";

const MARK = `L${Date.now().toString(36)}`;
const LOGIN = `${MARK}.op`;
const PAGEFUL = 101;
const codes = Array.from({ length: PAGEFUL }, (_, n) => `${MARK}-${n}`);

let browser;
let page;
before(async () => {
  await api("users", { login: LOGIN, role: "operator", all_dealers: true });
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
});
after(async () => {
  await browser?.close();
  for (const code of codes) {
    await api(`labels/district/${code}`, undefined, "DELETE").catch(() => undefined);
  }
});
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash, on = page) => on.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const gone = () => dialog().waitFor({ state: "detached" });
const row = (list, code, upstream = "") => page.locator(`tr[data-label="${list}/${code}/${upstream}"]`);

async function menu(line, item) {
  await line.getByRole("button").click();
  await page.getByRole("menuitem", { name: item }).click();
}

async function choose(label, option) {
  await page.getByRole("combobox", { name: label }).or(page.getByLabel(label)).first().click();
  await page.getByRole("option", { name: option }).click();
}

async function upload(text) {
  await dialog()
    .locator('input[type="file"]')
    .setInputFiles({ name: "labels.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
}

test("filters are in the address, and what is built in can be told from an upstream's own", async () => {
  await go("#/labels");
  await page.locator("tr[data-label]").first().waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "labels-1440");
  await choose("Filter by list", "Status of a prospect");
  await row("prospect_status", "3").getByText("Hot", { exact: true }).waitFor();
  await until(() => page.locator('tr[data-label]:not([data-label^="prospect_status/"])').count(), (others) => others === 0);
  await choose("Filter by upstream", "Those for all");
  await page.waitForURL(/list=prospect_status&of=/);
  await page.reload();
  await row("prospect_status", "3").waitFor();
  await go("#/labels?list=occupation&of=nowhere");
  await page.getByText("No label here").waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.locator("tr[data-label]").first().waitFor();
});

test("a code is named for all and otherwise for one upstream, which falls back once that is removed", async () => {
  await go("#/labels?list=occupation");
  await page.getByRole("button", { name: "Add label" }).click();
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().getByText("A code is needed").waitFor();
  await dialog().getByText("A label is needed").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "labels-add-1440");
  await dialog().getByLabel("Code").fill(MARK);
  await dialog().getByLabel("English").fill("Baker");
  await page.keyboard.press("Enter");
  await gone();
  await row("occupation", MARK).getByText("Baker").waitFor();

  await menu(row("occupation", MARK), "Edit");
  assert.equal(await dialog().getByLabel("Code").isDisabled(), true);
  await dialog().getByLabel("Indonesian").fill("Tukang roti");
  await dialog().getByRole("button", { name: "Save" }).click();
  await gone();
  await row("occupation", MARK).getByText("Tukang roti").locator("visible=true").waitFor();

  await menu(row("occupation", MARK), "Say otherwise for one upstream");
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().getByText("Choose an upstream").waitFor();
  await dialog().getByLabel("English").fill("Bakery");
  await dialog().getByRole("combobox", { name: "For" }).or(dialog().getByLabel("For")).first().click();
  await page.getByRole("option", { name: "sim", exact: true }).click();
  await dialog().getByRole("button", { name: "Save" }).click();
  await gone();
  const own = row("occupation", MARK, "sim");
  await own.getByText("Bakery").waitFor();
  await row("occupation", MARK).getByText("Baker", { exact: true }).waitFor();
  const found = (await api("labels?list=occupation&upstream=sim")).items.find((one) => one.code === MARK);
  assert.deepEqual([found.label, found.indonesian], ["Bakery", "Tukang roti"]);

  await menu(own, "Remove");
  await dialog().getByText(/at sim with the label for all/).waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Remove" }).click();
  await own.waitFor({ state: "detached" });
  await menu(row("occupation", MARK), "Remove");
  await dialog().getByRole("button", { name: "Remove" }).click();
  await row("occupation", MARK).waitFor({ state: "detached" });
});

test("a file is looked at before it is sent; a wrong line is named, and nothing of it is taken", async () => {
  await go("#/labels?list=district");
  await page.getByRole("button", { name: "Upload CSV" }).click();
  await upload("list,code,label\n");
  await dialog().getByText("There is no label in it.").waitFor();
  await upload(`list,code,label\ndistrict,${codes[0]},One\nnone_such,2,Two\n`);
  await dialog().getByText("2 labels in the file").waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Upload" }).click();
  await dialog().getByRole("alert").getByText(/Line 3: list/).waitFor();
  page.faults.splice(0); // the refusal, told by the browser
  assert.deepEqual(await violations(page), []);
  await picture(page, "labels-refused-1440");
  assert.equal((await api("labels?list=district&limit=1000")).items.some((one) => one.code === codes[0]), false);

  const lines = codes.map((code, n) => `district;${code};"District, ${n}";Kecamatan ${n}`);
  await upload(`list;code;label;indonesian\r\n${lines.join("\r\n")}\r\n`);
  await dialog().getByText(`${PAGEFUL} labels in the file`).waitFor();
  await dialog().getByText("District, 0").waitFor();
  await dialog().getByRole("button", { name: "Upload" }).click();
  await gone();
  await page.getByText(`${PAGEFUL} labels were taken: ${PAGEFUL} new, 0 changed.`).waitFor();
  await row("district", codes[0]).getByText("District, 0").waitFor();
});

test("a long list is read page by page, and its download can be uploaded again", async () => {
  await go("#/labels?list=district&of=*");
  await page.getByRole("button", { name: "Show more" }).click();
  await until(() => page.locator("tr[data-label]").count(), (rows) => rows >= PAGEFUL);
  assert.deepEqual(await violations(page), []);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV" }).click(),
  ]);
  const text = readFileSync(await file.path(), "utf8");
  assert.ok(text.includes(`,district,${codes[7]},"District, 7",Kecamatan 7`), text.slice(0, 200));
  await page.getByRole("button", { name: "Upload CSV" }).click();
  await upload(text);
  await dialog().getByText(/labels in the file/).waitFor();
  await dialog().getByRole("button", { name: "Upload" }).click();
  await page.getByText(/labels were taken: 0 new, 0 changed/).waitFor();
  await gone();
});

test("an operator looks, and changes nothing", async () => {
  const { token } = await api(`users/${LOGIN}/link`, {});
  const tab = await browser.openApart(`${endpoints.admin}/#/start?token=${token}`);
  await tab.getByRole("heading", { name: "Dealers" }).waitFor();
  await go("#/labels?list=prospect_status", tab);
  await tab.locator("tr[data-label]").first().waitFor();
  await tab.getByText("An administrator can change it.").waitFor();
  assert.equal(await tab.getByRole("button", { name: /Add label|Upload|Actions/ }).count(), 0);
  assert.deepEqual(await violations(tab), []);
  assert.deepEqual(tab.faults, []);
  await tab.context().close();
});

test("at 360 px it fits", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await go("#/labels?list=follow_up_method");
  await row("follow_up_method", "2").waitFor();
  await until(() => sideScroll(page), (pixels) => pixels === 0, 5);
  const wider = await page.locator("table").first().evaluate((table) => table.scrollWidth - table.closest("[role=group]").clientWidth);
  assert.ok(wider <= 0, `the table is ${wider} px wider`);
  assert.deepEqual(await violations(page), []);
  await picture(page, "labels-360");
  await page.getByRole("button", { name: "Upload CSV" }).click();
  await upload(`district,${codes[0]},"District, 0",Kecamatan 0\n`);
  await dialog().getByText("1 label in the file").waitFor();
  assert.equal(await sideScroll(page), 0);
  assert.deepEqual(await violations(page), []);
  await picture(page, "labels-upload-360");
  await page.keyboard.press("Escape");
  await gone();
});

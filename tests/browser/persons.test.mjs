/*
 * Persons in the Admin Panel: one is found in three ways, exported with a reason, and erased after a count and a
 * confirmation; numbers stand in no address.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, link, until } from "./system.mjs";

const CODE = `P${Date.now().toString(36).slice(-7).toUpperCase()}`;

let browser;
let page;
let prospect;
let phone;

before(async () => {
  await api("dealers", {
    dealer_id: CODE,
    dealer_name: "Persons Motor",
    upstream: "sim",
    upstream_dealer_id: "12284",
    api_key: "dgi-key-sim:group-a",
    secret_key: "dgi-secret-sim:group-a",
  });
  const { id } = await api("jobs", { dealer_ids: [CODE], from: dayBack(2), to: dayBack(1) });
  await until(() => api(`jobs/${id}`), (job) => ["succeeded", "partial", "failed"].includes(job.state));
  prospect = (await api(`prospects?dealer_id=${CODE}&limit=1`)).items[0].id_prospect;
  browser = await start({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
});
after(() => browser?.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const gone = () => dialog().waitFor({ state: "detached" });
const found = () => page.locator(`tr[data-person="${prospect}"]`);

async function dealer() {
  await page.getByRole("combobox", { name: "Dealer" }).or(page.getByLabel("Dealer")).first().click();
  await page.keyboard.type(CODE);
  await page.getByRole("option", { name: new RegExp(CODE) }).click();
}

async function findById() {
  await page.getByLabel("Prospect id").fill(prospect);
  await page.getByRole("button", { name: "Find" }).click();
}

test("somebody is found by dealer and prospect, and shown masked", async () => {
  await go("#/persons");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("Choose the prospect's dealer").waitFor();
  await page.getByText("An id is needed").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "persons-empty-1440");
  await dealer();
  await page.getByLabel("Prospect id").fill("nobody");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("Nobody like that is stored").waitFor();
  page.faults.splice(0); // "not found", told by the browser
  assert.deepEqual(await violations(page), []);
  await findById();
  await found().getByText(/\*\*\*/).first().waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "persons-found-1440");
});

test("an export asks for a reason and is a file of all that is stored", async () => {
  await page.getByRole("button", { name: "Export" }).click();
  const send = dialog().getByRole("button", { name: "Export file" });
  assert.equal(await send.isDisabled(), true);
  await dialog().getByLabel("Why?").fill("0812-9876-4321 asks");
  await send.click();
  await dialog().locator('[id$="-error"]').waitFor();
  page.faults.splice(0); // the refusal, told by the browser
  assert.deepEqual(await violations(page), []);
  await dialog().getByLabel("Why?").fill("Request of the browser test");
  const [file] = await Promise.all([page.waitForEvent("download"), send.click()]);
  await gone();
  assert.match(file.suggestedFilename(), /^person-\d{4}-\d\d-\d\d\.json$/);
  const document = readFileSync(await file.path(), "utf8");
  assert.ok(document.includes(prospect));
  phone = /"no_kontak": "([^"]+)"/.exec(document)?.[1] ?? "";
  assert.match(phone, /^[+\d][\d -]{6,}$/);
});

test("a number finds somebody too, in no address and kept nowhere", async () => {
  await page.getByText("Telephone", { exact: true }).click();
  await found().waitFor({ state: "detached" });
  await page.getByLabel("Telephone number").fill("0812");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("At least 7 digits").waitFor();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.getByLabel("Telephone number").fill(phone);
  await page.keyboard.press("Enter");
  await found().waitFor();
  assert.ok(asked.some((url) => url.endsWith("/persons/find")));
  assert.equal([...asked, page.url()].some((url) => url.includes(phone)), false);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  assert.equal(kept.includes(phone), false);
  await go("#/dealers");
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
  await go("#/persons");
  await page.getByRole("button", { name: "Find" }).waitFor();
  assert.equal(await page.locator("[data-found]").count(), 0);
  await page.getByText("KTP", { exact: true }).click();
  await page.getByLabel("Identity number (KTP)").fill("123");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("At least 10 digits").waitFor();
});

test("an erasure is counted first, and confirmed by typing the id", async () => {
  await page.getByText("Prospect", { exact: true }).first().click();
  await dealer();
  await findById();
  await found().waitFor();
  await page.getByRole("button", { name: "Erase" }).click();
  await dialog().getByLabel("Why?").fill("Request of the browser test");
  await dialog().getByRole("button", { name: "Count what would go" }).click();
  await dialog().locator('[data-dry-run="1"]').waitFor();
  await dialog().getByText("The entry in the audit trail").waitFor();
  const erase = dialog().getByRole("button", { name: "Erase for good" });
  assert.equal(await erase.isDisabled(), true);
  await dialog().getByLabel(/^Type the prospect/).fill("something else");
  assert.equal(await erase.isDisabled(), true);
  assert.deepEqual(await violations(page), []);
  await picture(page, "persons-erase-1440");
  await page.setViewportSize({ width: 360, height: 800 });
  assert.equal(await sideScroll(page), 0);
  await picture(page, "persons-erase-360");
  await page.setViewportSize({ width: 1440, height: 900 });
  await dialog().getByLabel(/^Type the prospect/).fill(prospect);
  await erase.click();
  await gone();
  await page.locator('[data-erased="1"]').waitFor();
  assert.deepEqual(await violations(page), []);
  assert.equal((await api("persons/find", { dealer_id: CODE, id_prospect: prospect })).items[0].erased, true);
  const trail = (await api("audit?kind=person&action=person.erase&limit=1")).items[0];
  assert.ok(JSON.stringify(trail).includes("Request of the browser test"));
  await dealer();
  await findById();
  await found().locator('[data-state="erased"]').waitFor();
  assert.equal(await page.getByRole("button", { name: "Erase" }).count(), 0);
  assert.deepEqual(await violations(page), []);
});

test("at 360 px it fits", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await until(() => sideScroll(page), (pixels) => pixels === 0, 5);
  const wider = () =>
    page.locator("table").first().evaluate((table) => table.scrollWidth - table.closest("[role=group]").clientWidth);
  await until(wider, (pixels) => pixels <= 0, 5);
  assert.deepEqual(await violations(page), []);
  await picture(page, "persons-360");
});

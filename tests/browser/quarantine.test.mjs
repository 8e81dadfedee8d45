/*
 * Quarantine in the Admin Panel: why records were set aside, each in full, stored again, dismissed; and the fields
 * that an upstream changed, until somebody takes note.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, link, spoil, until } from "./system.mjs";

const CODE = `Q${Date.now().toString(36).slice(-7).toUpperCase()}`;
const FIELD = `x${CODE}`;
const THERE = "99901";

let browser;
let page;

/** Fetches a day that nobody else fetches, of which a call suffers a fault. */
async function fetched(back, fault) {
  await spoil({ dealer: THERE, match: dayBack(back), ...fault });
  const { id } = await api("jobs", { dealer_ids: [CODE], from: dayBack(back), to: dayBack(back) });
  return until(() => api(`jobs/${id}`), (job) => ["succeeded", "partial", "failed"].includes(job.state));
}

before(async () => {
  await api("dealers", {
    dealer_id: CODE,
    dealer_name: "Quarantine Motor",
    upstream: "sim",
    upstream_dealer_id: THERE,
    api_key: "dgi-key-sim:group-a",
    secret_key: "dgi-secret-sim:group-a",
  });
  for (const back of [203, 204, 205]) {
    assert.equal((await fetched(back, { kind: "long_value", field: "alamat", value: 2500, record: 0 })).rows_quarantined, 1);
  }
  await fetched(206, { kind: "add_field", field: FIELD });
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
});
after(() => browser?.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const gone = () => dialog().waitFor({ state: "detached" });
const rows = () => page.locator("tr[data-record]");

test("reasons are counted, and a click shows their records", async () => {
  await go(`#/quarantine?dealer=${CODE}`);
  await until(() => rows().count(), (n) => n === 3);
  const bar = page.locator('[data-reason="row.too_long"]');
  await bar.click();
  assert.equal(await bar.getAttribute("aria-pressed"), "true");
  assert.match(page.url(), /feed=prsp&reason=row\.too_long/);
  await rows().first().getByText("alamat").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "quarantine-1440");
  await go(`#/quarantine?dealer=${CODE}&reason=row.no_key`);
  await page.getByText("No record matches").waitFor();
});

test("a record is told masked, and whole to who says why", async () => {
  await go(`#/quarantine?dealer=${CODE}`);
  await page.getByRole("button", { name: /^Record \d+: details$/ }).first().click();
  const raw = dialog().locator("[data-raw]");
  assert.match(await raw.innerText(), /\n {2}"namaLengkap": "[A-Z]\*\*\*/);
  assert.deepEqual(await violations(page), []);
  await picture(page, "quarantine-record-1440");
  const reason = `checked by the browser, ${CODE}`;
  await dialog().getByLabel("Why do you need the values?").fill(reason);
  await dialog().getByRole("button", { name: "Show values" }).click();
  await until(() => raw.innerText(), (text) => /\n {2}"alamat": "xxx/.test(text));
  assert.equal(await dialog().getByRole("button", { name: "Show values" }).count(), 0);
  const told = (await api("audit?principal=admin&limit=200")).items.some((entry) => JSON.stringify(entry).includes(reason));
  assert.equal(told, true);
  await dialog().getByRole("button", { name: "Close" }).click();
  await gone();
});

test("the chosen one is stored again as a job, after a question", async () => {
  await go(`#/quarantine?dealer=${CODE}`);
  await page.getByRole("checkbox", { name: /^Choose record/ }).first().check();
  await page.getByRole("button", { name: "Store 1 again" }).click();
  await dialog().getByText("without a call to the upstream", { exact: false }).waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Store again" }).click();
  const there = await page.getByRole("link", { name: "See the job" }).getAttribute("href");
  const id = /jobs\/([0-9a-f-]+)/.exec(there)[1];
  assert.equal((await until(() => api(`jobs/${id}`), (job) => !["queued", "running"].includes(job.state))).kind, "replay");
});

test("one is dismissed, then all that match", async () => {
  // Nothing was mended, so the one that was stored again waits again.
  await until(() => api(`quarantine?dealer_id=${CODE}&state=open`), (page) => page.items.length === 3);
  await go(`#/quarantine?dealer=${CODE}&state=any`);
  await page.getByRole("button", { name: "Dismiss all that match" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Dismiss all that match" }).isDisabled(), true);
  await go(`#/quarantine?dealer=${CODE}`);
  await until(() => page.getByRole("checkbox", { name: /^Choose record/ }).count(), (n) => n === 3);
  await page.getByRole("checkbox", { name: /^Choose record/ }).first().check();
  await page.getByRole("button", { name: "Dismiss 1" }).click();
  const why = dialog().getByLabel("Why does nobody want them?");
  const confirm = dialog().getByRole("button", { name: "Dismiss" });
  assert.equal(await confirm.isDisabled(), true);
  await why.fill("He called from 081234567890");
  await confirm.click();
  await dialog().getByText("without numbers or addresses of a person", { exact: false }).waitFor();
  assert.match(page.faults.splice(0).join(), /422/);
  assert.deepEqual(await violations(page), []);
  await why.fill("Data of a test");
  await why.press("Enter");
  await gone();
  await until(() => rows().count(), (n) => n === 2);
  // By field: none has that one, so nothing is left to dismiss; then by the one that they have.
  await go(`#/quarantine?dealer=${CODE}&field=none`);
  await page.getByText("No record matches").waitFor();
  await go(`#/quarantine?dealer=${CODE}`);
  await page.getByRole("combobox", { name: "Field" }).click();
  await page.getByRole("option", { name: "alamat" }).click();
  assert.match(page.url(), /field=alamat/);
  await until(() => rows().count(), (n) => n === 2);
  await page.getByRole("button", { name: "Dismiss all that match" }).click();
  await why.fill("Data of another test");
  await confirm.click();
  await gone();
  await page.getByText("No record matches").waitFor();
  const left = await api(`quarantine?dealer_id=${CODE}&state=dismissed`);
  assert.deepEqual(left.items.map((row) => row.why).sort(), ["Data of a test", "Data of another test", "Data of another test"]);
});

test("a dismissed one tells who did that, when and why", async () => {
  await go(`#/quarantine?dealer=${CODE}&state=dismissed`);
  const row = rows().filter({ hasText: "Data of a test" });
  await row.locator("[data-dismissal]:visible").getByText("admin", { exact: false }).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "quarantine-dismissed-1440");
  await row.getByRole("button", { name: /: details$/ }).click();
  await dialog().getByText("Why it was dismissed").waitFor();
  await dialog().getByText("Data of a test").waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Close" }).click();
  await gone();
});

test("a field that came is shown until somebody takes note", async () => {
  await until(() => api("drift?acknowledged=false"), (page) => page.items.some((drift) => drift.field === FIELD));
  await page.getByRole("tab", { name: "Changed fields" }).click();
  const line = page.locator("tr[data-drift]").filter({ hasText: FIELD });
  await line.locator('[data-state="new"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "drift-1440");
  await line.getByRole("button", { name: `Take note of ${FIELD}` }).click();
  await line.waitFor({ state: "detached" });
  await go("#/quarantine?tab=drift&noted=any");
  await line.getByText("admin").waitFor();
});

test("at 360 px quarantine fits", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const [name, hash, one] of [
    ["quarantine", `#/quarantine?dealer=${CODE}&state=any`, "tr[data-record]"],
    ["drift", "#/quarantine?tab=drift&noted=any", "tr[data-drift]"],
  ]) {
    await go(hash);
    await page.locator(one).first().waitFor();
    await until(() => sideScroll(page), (pixels) => pixels === 0, 5);
    const wider = await page.locator("table").first().evaluate((table) => table.scrollWidth - table.closest("[role=group]").clientWidth);
    assert.ok(wider <= 0, `${name}: the table is ${wider} px wider`);
    assert.deepEqual(await violations(page), [], name);
    await picture(page, `${name}-360`);
  }
});

/*
 * API keys and the audit trail in the Admin Panel: a key is shown once, rotated and revoked; the trail tells who did
 * what, field by field, and is whole.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, endpoints, link, until } from "./system.mjs";

const MARK = `k${Date.now().toString(36)}`;
const LOGIN = `${MARK}.bob`;
const PASSWORD = "correct horse battery";

let browser;
let page;
before(async () => {
  await api("users", { login: LOGIN, role: "viewer", dealers: ["12284"] });
  await api(`users/${LOGIN}`, { role: "operator", password: PASSWORD }, "PATCH");
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
});
after(() => browser?.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const gone = () => dialog().waitFor({ state: "detached" });

async function menu(line, item) {
  await line.getByRole("button").click();
  await page.getByRole("menuitem", { name: item }).click();
}

test("a key is shown once, rotated with an overlap, and revoked", async () => {
  await go("#/keys");
  await page.getByRole("button", { name: "Create key" }).click();
  await dialog().getByRole("button", { name: "Create key" }).click();
  await dialog().getByText("Say what it is for").waitFor();
  await dialog().getByText("Choose at least one dealer, or all").waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByLabel("What it is for").fill(`Export ${MARK}`);
  await dialog().getByText("All dealers").click();
  await dialog().getByRole("button", { name: "Create key" }).click();
  const whole = await dialog().getByLabel("Key", { exact: true }).inputValue();
  const id = whole.split("_").slice(0, 2).join("_");
  const close = dialog().getByRole("button", { name: "Close" });
  assert.equal(await close.isDisabled(), true);
  assert.deepEqual(await violations(page), []);
  await picture(page, "access-key-1440");
  await dialog().getByLabel("I have stored it").check();
  await close.click();
  await gone();
  assert.equal((await page.content()).includes(whole), false);
  const asks = (key) =>
    fetch(`${endpoints.api}/api/v1/dealers`, { headers: { Authorization: `Bearer ${key}` } }).then((answer) => answer.status);
  assert.equal(await asks(whole), 200);

  const line = page.locator(`tr[data-key="${id}"]`);
  await menu(line, "Rotate");
  await dialog().getByLabel("Hours that the old one goes on").fill("2");
  await dialog().getByText(new RegExp(`${id} works until`)).waitFor();
  await dialog().getByRole("button", { name: "Rotate" }).click();
  const next = await dialog().getByLabel("Key", { exact: true }).inputValue();
  await dialog().getByText(new RegExp(`${id} works until`)).waitFor();
  await dialog().getByLabel("I have stored it").check();
  await close.click();
  await gone();
  await line.locator('[data-state="replaced"]').waitFor();
  assert.deepEqual([await asks(whole), await asks(next)], [200, 200]);
  await picture(page, "access-keys-1440");
  assert.deepEqual(await violations(page), []);

  await menu(line, "Revoke");
  await dialog().getByRole("button", { name: "Revoke" }).click();
  await line.locator('[data-state="revoked"]').waitFor();
  await until(() => asks(whole), (status) => status === 401);
});

test("the audit trail tells who did what, and is whole", async () => {
  await go(`#/audit?target=${LOGIN}&action=user.update`);
  await page.locator("tr[data-entry]").first().waitFor();
  await page.getByRole("button", { name: /details/ }).last().click();
  await dialog().locator('tr[data-field="role"]').getByText("viewer").waitFor();
  await dialog().locator('tr[data-field="role"]').getByText("operator").waitFor();
  await dialog().locator('tr[data-field="password"]').getByText("Secret, as a hash").waitFor();
  assert.equal((await page.content()).includes(PASSWORD), false);
  assert.deepEqual(await violations(page), []);
  await picture(page, "access-entry-1440");
  await dialog().getByRole("link", { name: LOGIN }).click();
  await gone();
  assert.match(page.url(), new RegExp(`audit\\?target=${LOGIN}$`));
  await until(() => page.locator("tr[data-entry]").count(), (rows) => rows === 2);
  await page.getByRole("button", { name: "Verify chain" }).click();
  await dialog().locator('[data-verdict="whole"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Close" }).click();
  await gone();
  const csv = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  assert.match(await page.evaluate(async (at) => (await fetch(at)).text(), csv), /^seq,at,principal,/);
});

test("a long trail is read page by page", async () => {
  await go("#/audit");
  await page.getByRole("button", { name: "Clear filters" }).waitFor({ state: "detached" });
  await until(() => page.locator("tr[data-entry]").count(), (rows) => rows > 0);
  const more = page.getByRole("button", { name: "Show more" });
  if ((await api("audit?limit=50")).next) {
    await more.click();
    await until(() => page.locator("tr[data-entry]").count(), (rows) => rows > 50);
  }
  await picture(page, "access-audit-1440");
  assert.deepEqual(await violations(page), []);
});

test("at 360 px keys and audit fit", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const [name, one] of [["keys", "tr[data-key]"], ["audit", "tr[data-entry]"]]) {
    await go(`#/${name}`);
    await page.locator(one).first().waitFor();
    await until(() => sideScroll(page), (pixels) => pixels === 0, 5);
    const wider = await page.locator("table").first().evaluate((table) => table.scrollWidth - table.closest("[role=group]").clientWidth);
    assert.ok(wider <= 0, `${name}: the table is ${wider} px wider`);
    assert.deepEqual(await violations(page), [], name);
    await picture(page, `access-${name}-360`);
  }
});

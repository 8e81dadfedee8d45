/*
 * People found by name or telephone number on the dashboard: masked, with a reason, in the audit trail, and what
 * was typed nowhere else; each opens the drawer where its name may be revealed. A viewer is not offered it.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, endpoints, link, until } from "./system.mjs";

const DEALER = "12284";
const MARK = [...Math.random().toString(36).slice(2)].map((one) => String.fromCharCode(97 + (one.charCodeAt(0) % 26))).join("").slice(0, 7);
const REASON = `Complaint ${MARK}`;

let browser;
let page;
let person;
before(async () => {
  const { items } = await api(`prospects?dealer_id=${DEALER}&limit=5&reveal=true&reason=Browser+test`);
  person = items.find((one) => one.nama_lengkap);
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(`${link("analytics")}`);
  await page.locator('[data-card="total"]').waitFor();
});
after(() => browser?.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const dialog = (on = page) => on.getByRole("dialog");
const openSearch = async (way) => {
  await page.getByRole("button", { name: "Find a prospect" }).click();
  await dialog().getByText(way, { exact: true }).click();
};
const closed = async () => {
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
};
const entries = async () => (await api("audit?action=prospect.find&limit=20")).items.filter((one) => one.after?.includes(MARK));

test("a person is found by the name by keys alone, masked; what was typed is not in the address or the trail", async () => {
  await page.keyboard.press("/");
  await dialog().getByRole("textbox", { name: "Prospect id" }).waitFor();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("ArrowRight");
  await dialog().getByRole("textbox", { name: /^Name/ }).focus();
  await page.keyboard.type(person.nama_lengkap.toUpperCase());
  await dialog().getByLabel(/Why do you look/).focus();
  await page.keyboard.type(REASON);
  await page.keyboard.press("Enter");
  const found = dialog().locator(`[data-prospect="${person.id_prospect}"]`);
  await found.waitFor();
  assert.match(await found.innerText(), /\*\*\*/);
  assert.ok(!(await dialog().innerText()).includes(person.nama_lengkap));
  assert.deepEqual(await violations(page), []);
  await picture(page, "finding-1440");
  assert.ok(!decodeURIComponent(page.url()).toLowerCase().includes(person.nama_lengkap.toLowerCase()));
  const [entry] = await until(entries, (all) => all.length > 0, 10);
  assert.deepEqual(JSON.parse(entry.after).looked_for, "name");
  assert.ok(!JSON.stringify(entry).toLowerCase().includes(person.nama_lengkap.toLowerCase()));
  await found.press("Enter");
  await dialog().getByRole("heading", { name: `Prospect id: ${person.id_prospect}` }).waitFor();
  await dialog().locator(`[data-prospect="${person.id_prospect}"]`).waitFor();
  await dialog().getByRole("button", { name: "Show names in full" }).waitFor();
  await page.keyboard.press("Escape");
  await dialog().getByLabel(/Why do you look/).waitFor();
  assert.equal(await dialog().getByLabel(/Why do you look/).inputValue(), REASON, "the search is come back to");
  await until(() => found.evaluate((one) => one === document.activeElement), (there) => there, 5);
  assert.deepEqual(await violations(page), []);
  await dialog().getByLabel(/Why do you look/).fill(`${REASON}.`);
  await found.waitFor({ state: "detached" });
  await closed();
  await openSearch("Name");
  assert.equal(await dialog().getByRole("textbox", { name: /^Name/ }).inputValue(), "", "what was typed is forgotten");
  await closed();
});

test("too little to look for, and no reason, are said at their fields", async () => {
  await openSearch("Telephone");
  await dialog().getByRole("textbox", { name: /^Telephone number/ }).fill("12345");
  await dialog().getByRole("button", { name: "Find" }).click();
  await dialog().getByText("At least 7 digits.").waitFor();
  await dialog().getByText("At least 5 characters.").waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("textbox", { name: /^Telephone number/ }).fill("0000000000");
  await dialog().getByLabel(/Why do you look/).fill("call of 0812-9876-4321");
  await dialog().getByRole("button", { name: "Find" }).click();
  await dialog().getByText(/without numbers or addresses/).waitFor();
  page.faults.splice(0); // the answer 422 stands in the console
  await dialog().getByLabel(/Why do you look/).fill(REASON);
  await dialog().getByRole("button", { name: "Find" }).click();
  await dialog().getByText("Nobody found").waitFor();
  assert.deepEqual(await violations(page), []);
  await closed();
  await openSearch("Telephone");
  assert.equal(await dialog().getByRole("textbox", { name: /^Telephone number/ }).inputValue(), "", "what was typed is forgotten");
  await closed();
});

test("on a phone the search and what it finds fit", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await openSearch("Name");
  await dialog().getByRole("textbox", { name: /^Name/ }).fill(person.nama_lengkap.slice(0, 4));
  await dialog().getByLabel(/Why do you look/).fill(REASON);
  await dialog().getByRole("button", { name: "Find" }).click();
  await dialog().locator("[data-prospect]").first().waitFor();
  assert.equal(await sideScroll(page), 0);
  assert.deepEqual(await violations(page), []);
  await picture(page, "finding-360");
  await closed();
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("a viewer is offered the id alone, and refused by the server", async () => {
  const login = `viewer.${MARK}`;
  await api("users", { login, role: "viewer", all_dealers: true });
  const { token } = await api(`users/${login}/link`, {});
  const other = await browser.openApart(`${endpoints.analytics}/#/start?token=${token}`);
  await other.locator('[data-card="total"]').waitFor();
  await other.getByRole("button", { name: "Find a prospect" }).click();
  await dialog(other).getByRole("textbox", { name: "Prospect id" }).waitFor();
  assert.equal(await dialog(other).getByText("Telephone").count(), 0);
  const status = await other.evaluate(async () => {
    const answer = await fetch("api/v1/prospects/find", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: "citra", reason: "Complaint" }),
    });
    return answer.status;
  });
  assert.equal(status, 403);
  await other.context().close();
});

/*
 * How often failed calls of a feed are tried, on the Configuration page: told with what is usual, changed within the
 * limits, not over somebody else's change, back to usual; only told to who may not change it.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, endpoints, link, until } from "./system.mjs";

const MARK = Date.now().toString(36).slice(-7).toUpperCase();
const USUAL = { max_attempts: 0, retry_base_ms: 0, retry_cap_ms: 0, deadline_minutes: 0 };

let browser;
let page;
before(async () => {
  await api("feeds/prsp", USUAL, "PATCH");
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
});
after(async () => {
  await browser?.close();
  await api("feeds/prsp", USUAL, "PATCH");
});
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const feed = () => page.locator('[data-feed="prsp"]');
const box = (name) => feed().getByRole("textbox", { name });
const button = (name) => feed().getByRole("button", { name });
const told = () => api("feeds/prsp");

test("what is usual holds until somebody changes it, and what that means is told while it is typed", async () => {
  await go("#/configuration");
  await page.getByRole("tab", { name: "Feeds" }).click();
  await feed().getByRole("heading", { name: "Prospects" }).waitFor();
  const { usual_max_attempts: usual } = await told();
  assert.equal(await box("Tries").inputValue(), "");
  assert.equal(await box("Tries").getAttribute("placeholder"), `${usual} tries, as usual`);
  assert.equal(await button("Save").isDisabled(), true);
  assert.deepEqual(await violations(page), []);
  await picture(page, "feeds-1440");
  await box("Tries").fill("3");
  await box("First wait").fill("2000");
  await feed().getByText("up to 3 times, with waits of at most 2 s, 4 s in between", { exact: false }).waitFor();
  await box("Tries").fill("1");
  await feed().getByText("is not tried again", { exact: false }).waitFor();
  await button("Cancel").click();
  assert.equal(await box("Tries").inputValue(), "");
});

test("a number is changed by the keyboard; one that does not fit is told at its field", async () => {
  await box("Tries").fill("101");
  await feed().getByText("A whole number from 1 to 100").waitFor();
  assert.deepEqual(await violations(page), []);
  await box("Tries").fill("8");
  await box("Tries").press("Enter");
  await feed().getByText("Changed by admin", { exact: false }).waitFor();
  assert.equal((await told()).max_attempts, 8);
  assert.equal(await box("Tries").evaluate((one) => one === document.activeElement), true, "one may type on");
  // Fits its own limits, and not the other number: only the server knows.
  await box("Longest wait").fill("5");
  await button("Save").click();
  await feed().getByText("may not be longer than the longest", { exact: false }).waitFor();
  assert.match(page.faults.splice(0).join(), /422/);
  assert.deepEqual(await violations(page), []);
  await button("Cancel").click();
});

test("a change is not made over what somebody else has changed meanwhile", async () => {
  await box("Tries").fill("9");
  await api("feeds/prsp", { max_attempts: 20 }, "PATCH");
  await button("Save").click();
  await page.getByText("Somebody else has changed this meanwhile", { exact: false }).waitFor();
  assert.match(page.faults.splice(0).join(), /412/);
  await feed().getByText("What you typed is kept", { exact: false }).waitFor();
  assert.equal(await box("Tries").inputValue(), "9 tries");
  await button("Cancel").click();
  await until(() => box("Tries").inputValue(), (value) => value === "20 tries");
  assert.equal(await feed().getByRole("alert").count(), 0);
  assert.equal((await told()).max_attempts, 20);
  assert.deepEqual(await violations(page), []);
  await button("Back to usual").click();
  await until(told, (now) => now.max_attempts === undefined);
  await until(() => box("Tries").inputValue(), (value) => value === "");
});

test("at 360 px, in the dark and in Indonesian it fits", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 360, height: 800 });
  await go("#/configuration?tab=appearance");
  await page.getByLabel("Language", { exact: true }).first().click();
  await page.getByRole("option", { name: "Bahasa Indonesia" }).click();
  await go("#/configuration?tab=feeds");
  await feed().getByText("Jeda terpanjang").waitFor();
  await until(() => sideScroll(page), (pixels) => pixels === 0, 5);
  assert.deepEqual(await violations(page), []);
  await picture(page, "feeds-dark-id-360");
});

test("an operator is told the numbers, and cannot change them", async () => {
  const login = `feeds.${MARK}`;
  await api("users", { login, role: "operator", all_dealers: true });
  const { token } = await api(`users/${login}/link`, {});
  const other = await browser.openApart(`${endpoints.admin}/#/start?token=${token}`);
  await other.getByRole("heading", { name: "Dealers" }).waitFor();
  await other.evaluate(() => (window.location.hash = "#/configuration?tab=feeds"));
  await other.locator('[data-feed="prsp"]').getByText("up to", { exact: false }).waitFor();
  await other.getByText("An administrator can change these.", { exact: false }).waitFor();
  assert.equal(await other.locator('[data-feed="prsp"]').getByRole("button", { name: "Save" }).count(), 0);
  assert.deepEqual(await violations(other), []);
  await other.context().close();
});

/*
 * The rows behind a figure: opened from a chart, its table twin or the address, sorted and paged by the
 * server, masked unless there is a reason, with where they come from; and one prospect found by its id.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { drawn, picture, showDealer, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, link, until } from "./system.mjs";

const DEALER = "12284";
const MONTH = `from=${dayBack(29)}&to=${dayBack(0)}`;

let browser;
let page;
before(async () => {
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("analytics"));
  await page.locator('[data-card="total"]').waitFor();
});
after(() => browser.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const prospects = (query) => api(`prospects?dealer_id=${DEALER}&${query}`);
const cells = (column) => dialog().locator(`[data-cell="${column}"]`).allInnerTexts();
const count = async () => Number(await dialog().locator("[data-rows-count]").getAttribute("data-rows-count"));
const closed = async () => {
  await until(() => dialog().count(), (open) => open === 1, 5); // one may be fading out
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
};

test("an entry of a table twin opens its rows, which are in the address, as many as the figure says", async () => {
  await showDealer(page, DEALER);
  await page.getByRole("button", { name: "Status: Show as table" }).click();
  await page.getByRole("region", { name: "Status", exact: true }).getByRole("button", { name: "Hot" }).click();
  await dialog().getByRole("heading", { name: "Status: Hot" }).waitFor();
  assert.match(page.url(), /rows=status%3A3/);
  await dialog().locator("[data-prospect]").first().waitFor();
  assert.equal(await count(), (await prospects(`status=3&${MONTH}&limit=1&count=true`)).count);
  assert.deepEqual([...new Set(await cells("status"))], ["Hot"]);
  assert.ok((await cells("name")).every((name) => name === "–" || name.includes("***")));
  assert.deepEqual(await violations(page), []);
  await picture(page, "rows-1440");
  await closed();
  assert.doesNotMatch(page.url(), /rows=/);
});

test("a bar of a chart opens its rows", async () => {
  await showDealer(page, DEALER);
  const chart = page.getByRole("region", { name: "Follow-up", exact: true }).locator("canvas");
  await chart.scrollIntoViewIfNeeded();
  const { width } = await chart.boundingBox();
  await chart.click({ position: { x: width / 3, y: 22 } });
  await dialog().getByRole("heading", { name: /^Follow-up: / }).waitFor();
  assert.match(page.url(), /rows=follow_up%3A/);
  await closed();
});

test("a head sorts by the server and says so; the order is in the address", async () => {
  await go(`#/?dealer=${DEALER}&rows=status:3`);
  await dialog().locator("[data-prospect]").first().waitFor();
  await dialog().getByRole("button", { name: "Sales person" }).click();
  await dialog().getByRole("button", { name: "Sales person" }).click();
  await page.waitForFunction(() => window.location.hash.includes("by=sales") && window.location.hash.includes("order=asc"));
  await dialog().locator('th[aria-sort="ascending"]', { hasText: "Sales person" }).waitFor();
  const wanted = await prospects(`status=3&${MONTH}&sort=sales&order=asc&limit=50`);
  await until(
    () => dialog().locator("[data-prospect]").evaluateAll((all) => all.map((row) => row.dataset.prospect)),
    (ids) => ids.join() === wanted.items.map((one) => one.id_prospect).join(),
    10,
  );
  await closed();
});

test("more rows come by the button, and the file has the same query", async () => {
  await go(`#/?dealer=${DEALER}&range=all&rows=status:3`);
  await dialog().locator("[data-prospect]").nth(49).waitFor();
  await dialog().getByRole("button", { name: "Show more" }).click();
  await dialog().locator("[data-prospect]").nth(50).waitFor();
  const file = new URL(await dialog().getByRole("link", { name: "CSV" }).getAttribute("href"));
  assert.equal(file.searchParams.get("status"), "3");
  assert.equal(file.searchParams.get("format"), "csv");
  assert.equal(file.searchParams.has("reveal"), false);
  const answer = await page.request.get(file.href);
  assert.equal((await answer.text()).trim().split("\n").length - 1, await count());
  await closed();
});

test("names in full need a reason, which stays out of the address and ends with the rows", async () => {
  await go(`#/?dealer=${DEALER}&rows=status:3`);
  await dialog().getByRole("button", { name: "Show names in full" }).click();
  const why = dialog().getByRole("textbox", { name: "Why are the names needed?" });
  await why.fill("abc");
  assert.equal(await dialog().getByRole("button", { name: "Show names", exact: true }).isDisabled(), true);
  await dialog().getByText("kept in the audit trail").waitFor();
  await why.fill("Ask 081298764321");
  await page.keyboard.press("Enter");
  await dialog().getByRole("alert").waitFor(); // a telephone number is personal
  assert.match(page.faults.splice(0).join(), /^[^,]* 422 [^,]*$/);
  assert.equal(await dialog().locator("[data-revealed]").count(), 0);
  const reason = `Browser test ${[...Math.random().toString(36)].filter((one) => /[a-z]/.test(one)).join("")}`;
  await why.fill(reason);
  await page.keyboard.press("Enter");
  await dialog().locator("[data-revealed]").waitFor();
  await until(() => cells("name"), (names) => names.length > 0 && names.every((name) => !name.includes("***")), 10);
  assert.equal(page.url().includes("reason") || page.url().includes("Browser"), false);
  assert.deepEqual(await violations(page), []);
  const audit = await until(() => api("audit?limit=200"), (entries) => JSON.stringify(entries).includes(reason), 10);
  assert.ok(audit.items.length > 0);
  await page.reload();
  await dialog().locator("[data-prospect]").first().waitFor();
  assert.ok((await cells("name")).some((name) => name.includes("***")));
  await closed();
});

test("of several dealers the rows of one are shown at a time; of all, each row names its dealer", async () => {
  await go(`#/?dealer=${DEALER},99901&rows=status:3`);
  await dialog().locator("[data-prospect]").first().waitFor();
  await dialog().getByRole("combobox", { name: "Rows of" }).click();
  await page.getByRole("option", { name: /99901/ }).click();
  await page.waitForFunction(() => window.location.hash.includes("of=99901"));
  await dialog().locator('[data-prospect*="/99901/"]').first().waitFor();
  await go("#/?dealer=*&rows=status:3");
  await dialog().getByRole("columnheader", { name: "Dealer" }).waitFor();
  await closed();
});

test("where rows come from: jobs, windows and calls, from the line of freshness and from the rows", async () => {
  await showDealer(page, DEALER);
  await page.getByRole("button", { name: "Where from?" }).click();
  await dialog().locator("[data-call]").first().waitFor();
  const { items } = await api(`report/provenance?dealer_id=${DEALER}&${MONTH}&limit=1`);
  await dialog().locator(`[data-call="${items[0].task_id}"]`).getByText(items[0].job_id).waitFor();
  assert.equal(await dialog().locator(`a[href*="${items[0].job_id}"]`).count(), 0);
  assert.deepEqual(await violations(page), []);
  await closed();
  await go(`#/?dealer=${DEALER}&rows=day:${dayBack(3)}`);
  await dialog().getByRole("button", { name: "Where from?" }).click();
  await page.getByRole("heading", { name: "Where the rows come from" }).waitFor();
  await page.waitForFunction((day) => decodeURIComponent(window.location.hash).includes(`origin=12284:${day}`), dayBack(3));
  await closed();
});

test("the key / opens the search, which finds a prospect by its whole id", async () => {
  await showDealer(page, DEALER);
  const [one] = (await prospects("limit=1")).items;
  await page.locator("main").focus();
  await page.keyboard.press("/");
  const id = dialog().getByRole("textbox", { name: "Prospect id" });
  await id.waitFor();
  await until(() => id.evaluate((input) => input === document.activeElement), Boolean, 5);
  assert.deepEqual(await violations(page), []);
  await id.fill(one.id_prospect);
  await page.keyboard.press("Enter");
  await dialog().locator(`[data-prospect="${one.id_prospect}"]`).waitFor();
  assert.equal(await count(), 1);
  await go(`#/?dealer=${DEALER}&rows=id:NOBODY`);
  await dialog().getByText("No prospect with this id").waitFor();
  assert.deepEqual(await violations(page), []);
  await closed();
});

test("an address that names no rows says so", async () => {
  await go(`#/?dealer=${DEALER}&rows=nonsense`);
  await dialog().getByText("This address names no rows").waitFor();
  await closed();
});

test("recent fetches of all dealers name the dealer of each", async () => {
  await showDealer(page, "*");
  const cell = page.locator("[data-fetch-dealer]").first();
  await cell.waitFor();
  const { items } = await api("report/dealers");
  const code = await cell.getAttribute("data-fetch-dealer");
  assert.ok((await cell.innerText()).includes(items.find((one) => one.dealer_id === code).dealer_name));
});

test("on a phone each prospect is a card", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await go(`#/?dealer=${DEALER}&rows=status:3`);
  await dialog().locator("[data-prospect]").first().waitFor();
  await dialog().getByRole("combobox", { name: "Sorted by" }).selectOption({ label: "Status, ascending" });
  await page.waitForFunction(() => window.location.hash.includes("by=status"));
  assert.equal(await sideScroll(page), 0);
  const wide = await dialog().evaluate((box) => box.scrollWidth - box.clientWidth);
  assert.equal(wide, 0);
  assert.deepEqual(await violations(page), []);
  await picture(page, "rows-360");
  await closed();
  await drawn(page);
});

/*
 * Dealers whose last call failed: seen in the list, with what it means and the job behind it, by filter and by order,
 * on a phone and in Indonesian; gone as soon as a call succeeds.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, endpoints, link, until } from "./system.mjs";

const STAMP = Date.now().toString(36).slice(-7).toUpperCase();
const BROKEN = `E${STAMP}`;
const WELL = `G${STAMP}`;
/** Its code upstream, where nobody else has it: its calls fail alone. */
const THERE = `E${STAMP.slice(-5)}`;

let browser;
let page;
let failed;

async function sim(path, body, method = "POST") {
  const answer = await fetch(`${endpoints.sim}/_sim/${path}`, { method, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
}

async function run(state) {
  const job = await api("jobs", { dealer_ids: [BROKEN], from: dayBack(2), to: dayBack(2) });
  return until(() => api(`jobs/${job.id}`), (now) => now.state === state);
}

before(async () => {
  const keys = { upstream: "sim", api_key: "dgi-key-sim:group-b", secret_key: "dgi-secret-sim:group-b" };
  await api("dealers", { dealer_id: BROKEN, dealer_name: `Rusak ${STAMP}`, upstream_dealer_id: THERE, ...keys });
  await api("dealers", { dealer_id: WELL, dealer_name: `Sehat ${STAMP}`, ...keys });
  const { id: fault } = await sim("fault", { kind: "status", value: 404, times: -1, dealer: THERE });
  try {
    failed = await run("failed");
  } finally {
    await sim(`fault?id=${fault}`, undefined, "DELETE");
  }
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.locator("main h1").waitFor();
});
after(async () => {
  await browser.close();
  await api(`dealers/${BROKEN}`, { is_active: false }, "PATCH");
  await api(`dealers/${WELL}`, { is_active: false }, "PATCH");
});
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const row = (code) => page.locator(`tr[data-dealer="${code}"]`);
const error = () => row(BROKEN).locator("[data-last-error]:visible");
const why = () => page.getByRole("dialog");

test("the error of a dealer is told with its meaning and leads to its job", async () => {
  await go(`#/dealers?q=${STAMP}`);
  await error().waitFor();
  assert.equal(await error().getAttribute("data-last-error"), "upstream.not_found");
  await row(WELL).getByText("None", { exact: true }).waitFor();
  await picture(page, "admin-last-error-1440");
  assert.deepEqual(await violations(page), []);
  await error().focus();
  await page.keyboard.press("Enter");
  await why().getByText("Prospects").waitFor();
  const meaning = (await api("errors?code=upstream.not_found")).items[0];
  await why().getByText(meaning.advice, { exact: false }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await why().waitFor({ state: "detached" });
  assert.ok(await error().evaluate((one) => one === document.activeElement), "the focus goes back");
  await error().click();
  await why().getByRole("link").click();
  await page.waitForFunction((id) => window.location.hash.startsWith(`#/jobs/${id}`), failed.id);
});

test("dealers with an error are filtered, and ordered by when it was", async () => {
  await go(`#/dealers?q=${STAMP}`);
  await row(WELL).waitFor();
  await page.getByText("With an error", { exact: true }).click();
  await row(WELL).waitFor({ state: "detached" });
  await error().waitFor();
  await page.waitForFunction(() => window.location.hash.includes("failing=true"));
  await page.reload();
  await error().waitFor();
  assert.equal(await page.locator("tr[data-dealer]").count(), 1);
  await page.getByText("With an error", { exact: true }).click();
  await row(WELL).waitFor();
  const head = page.getByRole("columnheader", { name: "Last error" });
  await head.getByRole("button").click();
  await until(() => head.getAttribute("aria-sort"), (sort) => sort === "descending");
  await until(() => page.locator("tr[data-dealer]").first().getAttribute("data-dealer"), (code) => code === BROKEN);
  assert.deepEqual(await violations(page), []);
});

test("a phone has it below the dealer's name, in either language", async () => {
  const other = await start({ viewport: { width: 360, height: 740 }, locale: "id-ID", colorScheme: "dark" });
  try {
    const phone = await other.open(link("admin"));
    await phone.locator("main h1").waitFor();
    await phone.evaluate((to) => (window.location.hash = to), `#/dealers?q=${STAMP}`);
    const shown = phone.locator(`tr[data-dealer="${BROKEN}"] [data-last-error]:visible`);
    await shown.waitFor();
    assert.equal(await sideScroll(phone), 0);
    await phone.getByText("Dengan kesalahan", { exact: true }).click();
    await phone.locator(`tr[data-dealer="${WELL}"]`).waitFor({ state: "detached" });
    assert.deepEqual(await violations(phone), []);
    await shown.click();
    const meaning = (await api("errors?code=upstream.not_found&lang=id")).items[0];
    await phone.getByRole("dialog").getByText(meaning.advice, { exact: false }).waitFor();
    assert.equal(await sideScroll(phone), 0);
    assert.deepEqual(await violations(phone), []);
    await picture(phone, "admin-last-error-360");
    assert.deepEqual(phone.faults, []);
  } finally {
    await other.close();
  }
});

test("its bare code stands there where its file cannot be had, and the page around it", async () => {
  const context = await browser.again();
  try {
    const old = await context.newPage();
    await old.route("**/LastError-*.js", (route) => route.fulfill({ status: 404, body: "" }));
    const caught = old.waitForEvent("console", (message) => /dynamically imported/.test(message.text()));
    await old.goto(`${endpoints.admin}/#/dealers?q=${STAMP}`);
    await old.locator(`tr[data-dealer="${BROKEN}"]`).getByText("upstream.not_found").last().waitFor();
    await old.locator(`tr[data-dealer="${WELL}"]`).waitFor();
    await caught;
    assert.equal(await old.locator("tr[data-dealer]").count(), 2);
    assert.equal(await old.locator("[data-last-error]").count(), 0);
  } finally {
    await context.close();
  }
});

test("it is gone as soon as a call succeeds, without a reload", async () => {
  await go(`#/dealers?q=${STAMP}`);
  await error().waitFor();
  await run("succeeded");
  await error().waitFor({ state: "detached" });
  await page.getByText("With an error", { exact: true }).click();
  await page.getByText("No dealer matches").waitFor();
});

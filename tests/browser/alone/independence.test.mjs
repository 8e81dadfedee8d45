/*
 * Dashboard, Admin Panel and API stand by themselves: each works while the other two are stopped, says what of it
 * does not, and comes back by itself. These tests stop parts of the system, so they run when no others do.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { showDealer, start } from "../browser.mjs";
import { dayBack, endpoints, key, link, until } from "../system.mjs";

const MONTH = `from=${dayBack(29)}&to=${dayBack(0)}`;

let browser;
before(async () => (browser = await start({ viewport: { width: 1440, height: 900 } })));
after(() => browser.close());

function supervisor(action, names) {
  execFileSync("supervisorctl", ["-c", endpoints.supervisor, action, ...names], { stdio: "ignore" });
}

const ready = (face) => fetch(`${endpoints[face]}/readyz`).then((answer) => answer.ok, () => false);

/** Runs `what` while some processes are stopped; then all are there again. */
async function without(names, what) {
  supervisor("stop", names);
  try {
    await what();
  } finally {
    supervisor("start", names);
  }
  for (const face of ["api", "analytics", "admin"]) {
    await until(() => ready(face), Boolean);
  }
}

const go = (page, hash) => page.evaluate((to) => (window.location.hash = to), hash);
const live = (page, state) => page.locator(`[data-live="${state}"]`).waitFor({ timeout: 60_000 });

/** Opens each address of a page in turn and waits for what it is to show. */
async function walk(page, places) {
  for (const [hash, shown] of places) {
    await go(page, hash);
    await page.locator(shown).first().waitFor();
    assert.equal(await page.getByRole("alert").filter({ hasText: "could not be loaded" }).count(), 0, hash);
  }
}

async function analyst() {
  const page = await browser.open(link("analytics"));
  await page.locator('[data-card="total"]').waitFor();
  return page;
}

async function admin() {
  const page = await browser.open(link("admin"));
  await page.locator("tr[data-dealer]").first().waitFor();
  return page;
}

/** Figures, dealers side by side, coverage, rows, and both kinds of files. */
async function dashboardWorks(page) {
  await showDealer(page, "12284");
  await walk(page, [
    [`#/group?dealers=12284,99901`, '[data-dealer="totals"]'],
    [`#/coverage?dealers=12284`, '[data-coverage="12284"] [data-day][data-state]'],
    [`#/?dealer=12284&rows=status:3`, "[data-prospect]"],
  ]);
  const csv = await page.getByRole("dialog").getByRole("link", { name: "CSV" }).getAttribute("href");
  const rows = await page.request.get(new URL(csv, page.url()).href);
  assert.match(await rows.text(), /^id,|^dealer_id,|^id_prospect,/);
  const book = await page.request.get(`${endpoints.analytics}/api/v1/report/export.xlsx?dealer_id=12284&${MONTH}`);
  assert.equal((await book.body()).subarray(0, 2).toString(), "PK");
  assert.deepEqual(page.faults, []);
}

/** The pages of the Admin Panel that ask nothing of the analytics service. */
const PANEL = [
  ["#/dealers", "tr[data-dealer]"],
  ["#/jobs", "tr[data-job]"],
  ["#/schedules", "main h1"],
  ["#/coverage?dealers=12284", '[data-coverage="12284"] [data-day][data-state]'],
  ["#/quarantine", "main h1"],
  ["#/labels", "tr[data-label]"],
  ["#/users", "tr[data-user]"],
  ["#/keys", "main h1"],
  ["#/persons", "main h1"],
  ["#/audit", "tr[data-entry]"],
  ["#/configuration", "[data-upstream]"],
];

/** A job is run from the panel and seen to its end. */
async function jobRuns(page) {
  const answer = await fetch(`${endpoints.admin}/api/v1/jobs`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ dealer_ids: ["12284"], from: dayBack(1), to: dayBack(1) }),
  });
  assert.equal(answer.status, 202);
  const { id } = await answer.json();
  await go(page, `#/jobs/${id}`);
  await page.locator('[data-job-page] [data-state="succeeded"]').first().waitFor();
}

test("without the Admin Panel and the API the dashboard does all it does", async () => {
  const panel = await admin();
  await live(panel, "on");
  await without(["gateways:gateway-admin", "gateways:gateway-api"], async () => {
    await live(panel, "off");
    const page = await analyst();
    await dashboardWorks(page);
    await page.close();
  });
  await live(panel, "on");
  await walk(panel, [["#/jobs", "tr[data-job]"]]);
  await panel.close();
});

test("without all of analytics the Admin Panel works, and says which figures it lacks", async () => {
  const board = await analyst();
  await live(board, "on");
  const page = await admin();
  await without(["gateways:gateway-analytics", "services:analytics-1"], async () => {
    await live(board, "off");
    await walk(page, PANEL);
    await jobRuns(page);
    assert.deepEqual(page.faults, []);
    await go(page, "#/services");
    await page.locator('tr[data-service="analytics-1"]').waitFor();
    await until(() => page.locator('tr[data-service="analytics-1"] [data-state="ready"]').count(), (count) => count === 0);
    await go(page, "#/jobs?tab=figures");
    await page.getByRole("alert").getByText("bus.no_service", { exact: false }).waitFor();
    page.faults.splice(0); // the refusal, told by the browser
  });
  await page.locator('[data-chart="ready"]').first().waitFor({ timeout: 60_000 });
  await live(board, "on");
  await showDealer(board, "12284");
  await board.close();
  await page.close();
});

test("without the API and the other face each page goes on, and changes reach it", async () => {
  await without(["gateways:gateway-api", "gateways:gateway-analytics"], async () => {
    const page = await admin();
    await live(page, "on");
    await jobRuns(page);
    assert.deepEqual(page.faults, []);
    await page.close();
  });
});

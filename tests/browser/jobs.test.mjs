/*
 * Jobs in the Admin Panel beyond a single run: several at once with their pace, the history by its
 * filters, figures with their tables, orders for all that match, pauses, and what a viewer is offered.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, endpoints, link, spoiled, until } from "./system.mjs";

const STAMP = Date.now().toString(36).slice(-7).toUpperCase();
const CODE = `J${STAMP}`;
/** Its code upstream, where nobody else has it: its calls fail alone. */
const THERE = `J${STAMP.slice(-5)}`;
const VIEWER = `viewer-${STAMP.toLowerCase()}`;

let browser;
let page;
before(async () => {
  await api("dealers", { dealer_id: CODE, dealer_name: `Pekerjaan ${CODE}`, upstream: "sim", upstream_dealer_id: THERE, api_key: "dgi-key-sim:group-b", secret_key: "dgi-secret-sim:group-b" });
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.locator("main h1").waitFor();
});
after(async () => {
  await browser.close();
  await api(`dealers/${CODE}`, { is_active: false }, "PATCH");
});
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const rows = () => page.locator("tr[data-job]");

/** A job of which each call fails for good. */
function failing(from, to) {
  return spoiled({ kind: "status", value: 404, dealer: THERE }, async () => {
    const job = await api("jobs", { dealer_ids: [CODE], from, to, slice_hours: 24 });
    return until(() => api(`jobs/${job.id}`), (now) => now.state === "failed");
  });
}

let failed;

test("one call that failed is run again by itself", async () => {
  failed = await failing(dayBack(120), dayBack(118));
  await go(`#/jobs/${failed.id}`);
  await page.getByRole("button", { name: /^Run again:/ }).first().click();
  await page.getByText("1 call is run again.").waitFor();
  const again = await until(
    async () => (await api(`jobs?dealer_id=${CODE}&kind=rerun`)).items[0],
    (job) => job?.state === "succeeded",
  );
  assert.equal(again.tasks_total, 1);
  assert.deepEqual(await violations(page), []);
});

test("the history is filtered by the server, and the filters stay in the address", async () => {
  await go(`#/jobs?dealer=${CODE}`);
  await until(() => rows().count(), (count) => count === 2);
  await page.getByRole("button", { name: /filters/ }).first().waitFor();
  await page.getByRole("textbox", { name: "Search id, error, person" }).fill("not_found");
  await until(() => rows().count(), (count) => count === 1);
  await page.waitForFunction(() => window.location.hash.includes("text=not_found"));
  const href = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  assert.ok(href.includes(`dealer_id=${CODE}`) && href.includes("text=not_found"), href);
  const file = await page.evaluate(async (at) => (await fetch(at)).text(), href);
  assert.equal(file.trim().split("\r\n").length, 2);
  await page.reload();
  await until(() => rows().count(), (count) => count === 1);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.waitForFunction(() => !window.location.hash.includes("text="));
  await go(`#/jobs?dealer=${CODE}&kind=rerun`);
  await until(() => rows().count(), (count) => count === 1);
  await page.getByLabel("Kind", { exact: true }).first().waitFor();
  assert.deepEqual(await violations(page), []);
  await go(`#/jobs?dealer=${CODE}&from=${dayBack(400)}&to=${dayBack(399)}`);
  await page.getByText("No job matches").waitFor();
});

test("what failed of all that match is run again", async () => {
  await go(`#/jobs?dealer=${CODE}`);
  await until(() => rows().count(), (count) => count === 2);
  await page.getByRole("button", { name: "Bulk actions" }).click();
  await page.getByRole("menuitem", { name: /^Run failed calls again/ }).click();
  await dialog().locator('[data-bulk="2"]').getByText("2 calls that failed are run again.").waitFor();
  await dialog().getByText("1 is stored by now", { exact: false }).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-bulk-1440");
  await dialog().getByRole("button", { name: "Run again" }).click();
  await dialog().waitFor({ state: "detached" });
  await until(
    async () => (await api(`jobs?dealer_id=${CODE}&kind=rerun`)).items.map((job) => [job.state, job.tasks_total].join()),
    (jobs) => jobs.length === 2 && jobs.includes("succeeded,2"),
  );
});

test("a pause is made with its reason, held up to everybody, and ended", async () => {
  await go("#/jobs");
  await page.getByRole("button", { name: "Pause …" }).click();
  await dialog().getByRole("button", { name: "Pause", exact: true }).click();
  await dialog().getByText("Choose one", { exact: true }).waitFor();
  await dialog().getByPlaceholder("Choose one or more").click();
  await page.keyboard.type(CODE);
  await page.getByRole("option", { name: new RegExp(CODE) }).click();
  await dialog().getByRole("textbox", { name: "Reason" }).fill("Holiday of the upstream");
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Pause", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
  const banner = page.locator(`[data-pause="dealer ${CODE}"]`);
  await banner.getByText("Holiday of the upstream", { exact: false }).waitFor();
  await go("#/schedules");
  await banner.waitFor();
  assert.deepEqual(await violations(page), []);
});

test("jobs that wait are seen together, and all that match are cancelled", async () => {
  const made = [];
  for (const back of [10, 20]) {
    made.push(await api("jobs", { dealer_ids: [CODE], from: dayBack(back), to: dayBack(back - 1) }));
  }
  await go(`#/jobs?dealer=${CODE}&state=queued`);
  await page.locator("[data-together]").waitFor();
  for (const job of made) {
    await page.locator(`[data-open-job="${job.id}"]`).waitFor();
  }
  await picture(page, "admin-open-1440");
  await until(() => rows().count(), (count) => count === 2);
  await page.getByRole("button", { name: "Bulk actions" }).click();
  await page.getByRole("menuitem", { name: /^Cancel open jobs/ }).click();
  await dialog().locator('[data-bulk="2"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Cancel jobs" }).click();
  await dialog().waitFor({ state: "detached" });
  for (const job of made) {
    await until(() => api(`jobs/${job.id}`), (now) => now.state === "cancelled");
  }
  const banner = page.locator(`[data-pause="dealer ${CODE}"]`);
  await banner.getByRole("button", { name: /^Resume/ }).click();
  await banner.waitFor({ state: "detached" });
  assert.deepEqual((await api("pauses?scope=dealer")).items.filter((pause) => pause.target === CODE), []);
});

test("a job that runs tells its pace and about how long it takes", async () => {
  await spoiled({ kind: "delay", delay_ms: 700, dealer: THERE }, async () => {
    const job = await api("jobs", { dealer_ids: [CODE], from: dayBack(29), to: dayBack(1), slice_hours: 4 });
    await go(`#/jobs/${job.id}`);
    const pace = page.locator("[data-job-page] [data-pace]");
    await until(() => pace.innerText().catch(() => ""), (text) => /\d records\/s · about .* left/.test(text));
    assert.deepEqual(await violations(page), []);
    await picture(page, "admin-pace-1440");
    await api(`jobs/${job.id}/cancel`, {});
    await page.locator('[data-job-page] [data-state="cancelled"], [data-job-page] [data-state="partial"]').first().waitFor();
  });
});

test("figures are charts, each with a table", async () => {
  await go(`#/jobs?tab=figures&dealer=${CODE}`);
  await until(() => page.locator('[data-chart="ready"]').count(), (charts) => charts === 2);
  await page.locator("[data-success]").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-figures-1440");
  for (const title of ["Calls by day", "Durations"]) {
    const panel = page.getByRole("region", { name: title });
    await panel.getByRole("button", { name: `${title}: Show table` }).click();
    await panel.locator("tbody tr").first().waitFor();
  }
  await page.getByRole("link", { name: "upstream.not_found" }).waitFor();
  assert.deepEqual(await violations(page), []);
});

test("at 360 px jobs, a job and the figures fit", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const hash of [`#/jobs?dealer=${CODE}`, `#/jobs?tab=figures&dealer=${CODE}`, `#/jobs/${failed.id}`]) {
    await go(hash);
    await page.locator("main table, main [data-chart=ready]").first().waitFor();
    await until(() => sideScroll(page), (pixels) => pixels === 0, 5); // the frame slides away
    assert.deepEqual(await violations(page), [], hash);
  }
  await picture(page, "admin-failed-360");
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("a viewer of one dealer is offered what he may do, and told what is not for him", async () => {
  await api("users", { login: VIEWER, name: "Viewer", role: "viewer", dealers: [CODE] });
  const { token } = await api(`users/${VIEWER}/link`, {});
  const other = await start({ viewport: { width: 1440, height: 900 } });
  try {
    const seen = await other.open(`${endpoints.admin}/#/start?token=${token}`);
    await seen.locator("main h1").waitFor();
    await seen.evaluate((to) => (window.location.hash = to), "#/jobs");
    await seen.locator("tr[data-job]").first().waitFor();
    for (const name of ["Run job", "Pause …", "Bulk actions"]) {
      assert.equal(await seen.getByRole("button", { name }).count(), 0, name);
    }
    await seen.evaluate((to) => (window.location.hash = to), `#/jobs/${failed.id}`);
    await seen.locator("[data-job-page] table").first().waitFor();
    assert.equal(await seen.getByRole("button", { name: /^Run/ }).count(), 0);
    await seen.evaluate((to) => (window.location.hash = to), "#/coverage");
    await until(() => seen.locator("[data-coverage]").count(), (count) => count === 1);
    await until(() => seen.locator("[data-day][data-state]").count(), (count) => count > 0);
    assert.deepEqual(await violations(seen), []);
    await seen.evaluate((to) => (window.location.hash = to), "#/schedules");
    await seen.locator('[data-standstill="forbidden"]').waitFor();
    assert.deepEqual(await violations(seen), []);
    assert.deepEqual(seen.faults, []);
  } finally {
    await other.close();
    await api(`users/${VIEWER}`, { is_active: false }, "PATCH");
  }
});

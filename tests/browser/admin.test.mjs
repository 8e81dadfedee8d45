/*
 * The Admin Panel of a running system: a dealer is added, edited, switched off; a job is run and
 * seen to its end live; the history keeps it; services are shown; small screens, accessibility.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, link, spoiled, until } from "./system.mjs";

const CODE = `T${Date.now().toString(36).slice(-7).toUpperCase()}`;
const THERE = "99902";
const SECRET = "dgi-secret-sim:group-b";

let browser;
let page;
before(async () => {
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
});
after(() => browser.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash) => page.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const jobPage = () => page.locator("[data-job-page]");
const row = (code) => page.locator(`tr[data-dealer="${code}"]`);

async function menu(code, item) {
  await row(code).getByRole("button").click();
  await page.getByRole("menuitem", { name: item }).press("Enter"); // a toast may lie over the last rows
  await dialog().waitFor();
}

/** Runs something while each answer of the simulator about the dealer there takes so long. */
const slowly = (what, delay_ms = 4000) => spoiled({ kind: "delay", delay_ms, dealer: THERE }, what);

test("a dealer is added; faults are shown at their fields", async () => {
  await page.getByRole("button", { name: "Add dealer" }).click();
  await dialog().waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Add dealer" }).click();
  await dialog().getByText("1 to 10 letters, digits, - or _").waitFor();
  await dialog().getByText("A name is needed").waitFor();
  await dialog().getByLabel("Code", { exact: false }).first().fill("12284");
  await dialog().getByLabel("Name", { exact: false }).first().fill("Browser Test Motor");
  await dialog().getByRole("button", { name: "Add dealer" }).click();
  await dialog().getByText("There is a dealer with this code already.").waitFor();
  page.faults.splice(0); // the refusal, told by the browser
  await dialog().getByLabel("Code", { exact: false }).first().fill(CODE);
  await dialog().getByRole("button", { name: "Add dealer" }).click();
  await dialog().waitFor({ state: "detached" });
  await row(CODE).getByText("Not set").waitFor();
  const dealer = await api(`dealers/${CODE}`);
  assert.deepEqual(
    [dealer.dealer_name, dealer.upstream, dealer.is_active, dealer.has_credential],
    ["Browser Test Motor", undefined, true, false],
  );
});

test("a dealer is edited; credentials go in and never come out", async () => {
  await menu(CODE, "Edit");
  await dialog().getByLabel("Name", { exact: false }).first().fill("Browser Test Motor II");
  await dialog().getByLabel("Code at the upstream").fill(THERE);
  await dialog().getByLabel("API key").fill("dgi-key-sim:group-b");
  await dialog().getByLabel("Secret key").fill(SECRET);
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().waitFor({ state: "detached" });
  await row(CODE).getByText("Browser Test Motor II").waitFor();
  await row(CODE).locator("td").nth(2).getByText("Set", { exact: true }).waitFor();
  await row(CODE).getByText("ends in …-b").waitFor();
  assert.equal((await page.content()).includes(SECRET), false);
  const dealer = await api(`dealers/${CODE}`);
  assert.deepEqual([dealer.upstream, dealer.upstream_dealer_id, dealer.simulated], ["sim", "99902", true]);
  assert.equal(JSON.stringify(dealer).includes("group-b"), false);
});

test("a connection is tested, check by check", async () => {
  await menu(CODE, "Test connection");
  assert.equal(await dialog().locator("[data-step]").count(), 0);
  await dialog().getByRole("button", { name: "Test now" }).click();
  await dialog().getByText("The connection works.").waitFor();
  assert.equal(await dialog().locator("[data-step]").count(), 9);
  assert.equal(await dialog().locator("[data-step=authentication]").getAttribute("data-state"), "ok");
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-test-1440");
  await dialog().getByRole("button", { name: "Close" }).last().click();
  await dialog().waitFor({ state: "detached" });
});

test("search and filter work and live in the URL", async () => {
  await page.getByRole("textbox", { name: "Search code or name" }).fill(CODE.toLowerCase());
  await page.waitForFunction((code) => window.location.hash.includes(code), CODE.toLowerCase());
  await until(() => page.locator("tr[data-dealer]").count(), (rows) => rows === 1);
  await page.reload();
  await until(() => page.locator("tr[data-dealer]").count(), (rows) => rows === 1);
  await page.getByRole("radio", { name: "Inactive", exact: true }).locator("..").click();
  await page.getByText("No dealer matches").waitFor();
  await go("#/dealers");
  await row("12284").getByText("Simulated").waitFor();
  await picture(page, "admin-dealers-1440");
  assert.deepEqual(await violations(page), []);
});

test("a job is run, watched to its end, and kept in the history", async () => {
  await go("#/jobs");
  await page.getByRole("button", { name: "Run job" }).click();
  await dialog().getByPlaceholder("Choose one or more").click();
  await page.keyboard.type(CODE);
  await page.getByRole("option", { name: new RegExp(CODE) }).click();
  await dialog().getByText("Run a job").click();
  await dialog().getByRole("button", { name: "Last 29 days" }).click();
  await dialog().getByLabel("Hours per call").fill("2");
  await dialog().getByText("348 calls to the upstream").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-run-1440");
  const progress = jobPage().locator("[data-progress]");
  // Slow until a step in between was seen: what a loaded machine shows late is shown all the same.
  await slowly(async () => {
    await dialog().getByRole("button", { name: "Run", exact: true }).click();
    await page.waitForFunction(() => /^#\/jobs\/[0-9a-f-]{36}/.test(window.location.hash));
    await until(() => progress.getAttribute("data-progress"), (share) => share > 0 && share < 100, 60);
  }, 1000);
  const id = /jobs\/([0-9a-f-]+)/.exec(page.url())[1];
  await until(
    () => jobPage().locator("[data-state]").first().getAttribute("data-state"),
    (state) => state === "succeeded",
    90,
  );
  await until(() => progress.getAttribute("data-progress"), (share) => share === "100");
  const job = await api(`jobs/${id}`);
  assert.deepEqual([job.state, job.tasks_total, job.tasks_succeeded], ["succeeded", 348, 348]);
  await until(() => jobPage().innerText(), (text) => text.includes(`${job.rows_read.toLocaleString("en-GB")} record`));
  await jobPage().getByRole("button", { name: /^Tries of/ }).first().click();
  await jobPage().getByText(/HTTP 200/).first().waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-job-1440");
  await jobPage().getByRole("tab", { name: "Timeline" }).click();
  await jobPage().locator("[data-try]").first().waitFor();
  assert.deepEqual(await violations(page), []);
  await jobPage().getByRole("tab", { name: /Set aside/ }).click();
  await jobPage().getByRole("link", { name: "All jobs" }).click();
  await page.locator(`tr[data-job="${id}"] [data-state="succeeded"]`).waitFor();

  await go(`#/jobs?dealer=${CODE}&state=succeeded`);
  await until(() => page.locator("tr[data-job]").count(), (rows) => rows === 1);
  await go(`#/jobs?dealer=${CODE}&state=failed`);
  await page.getByText("No job matches").waitFor();
  await go("#/jobs");
  await page.locator("tr[data-job]").first().waitFor();
  await picture(page, "admin-jobs-1440");
  assert.deepEqual(await violations(page), []);
});

test("a running call tells its phase; a list is a file as well", async () => {
  await slowly(async () => {
    const job = await api("jobs", { dealer_ids: [CODE], from: dayBack(3), to: dayBack(2) });
    await go(`#/jobs/${job.id}`);
    await jobPage().locator('[data-phase="waiting"]').first().waitFor();
    assert.deepEqual(await violations(page), []);
    await picture(page, "admin-phase-1440");
    await until(() => api(`jobs/${job.id}`), (now) => now.state === "succeeded");
    const link = await jobPage().getByRole("link", { name: "CSV" }).getAttribute("href");
    const text = await page.evaluate(async (at) => (await fetch(at)).text(), link);
    assert.match(text, /^id,job_id,dealer_id,/);
    assert.equal(text.trim().split("\r\n").length, 1 + job.tasks_total);
  });
});

test("a job is cancelled after a question", async () => {
  await slowly(async () => {
    const job = await api("jobs", { dealer_ids: [CODE], from: dayBack(29), to: dayBack(1), slice_hours: 1 });
    await go(`#/jobs/${job.id}`);
    await page.getByRole("button", { name: "Cancel job" }).click();
    await page.getByText("What is stored stays.").waitFor();
    assert.deepEqual(await violations(page), []);
    await picture(page, "admin-cancel-1440");
    await page.getByRole("button", { name: "Let it run" }).click();
    await page.getByText("What is stored stays.").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Cancel job" }).click();
    const question = page.getByRole("dialog", { name: "Cancel this job?" });
    await question.getByRole("button", { name: "Cancel job" }).click();
    await until(() => api(`jobs/${job.id}`), (now) => ["cancelled", "partial"].includes(now.state));
    await page.getByText("What is stored stays.").waitFor({ state: "detached" });
    await jobPage().locator('[data-state="cancelled"], [data-state="partial"]').first().waitFor();
  });
});

test("a job that waits tells for what", async () => {
  await api("pauses", { scope: "dealer", target: CODE, reason: "Browser" });
  const job = await api("jobs", { dealer_ids: [CODE], from: dayBack(5), to: dayBack(5) });
  await go(`#/jobs/${job.id}`);
  await jobPage().locator('[data-waiting="paused"]').getByText("It is paused.").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-waiting-1440");
  await api(`pauses?scope=dealer&target=${CODE}`, undefined, "DELETE");
  await jobPage().locator('[data-state="succeeded"]').first().waitFor();
  await jobPage().locator("[data-waiting]").waitFor({ state: "detached" });
});

test("a failed call tells cause and advice, and is run again", async () => {
  const lost = (back, what) => spoiled({ kind: "status", value: 404, dealer: THERE, match: dayBack(back) }, what);
  const job = await lost(40, () =>
    lost(39, async () => {
      const made = await api("jobs", { dealer_ids: [CODE], from: dayBack(40), to: dayBack(39), slice_hours: 24 });
      return until(() => api(`jobs/${made.id}`), (now) => now.state === "failed");
    }),
  );
  const meaning = (await api("errors?code=upstream.not_found")).items[0];
  await go(`#/jobs/${job.id}`);
  const said = jobPage().getByRole("alert").filter({ hasText: "upstream.not_found" });
  await said.getByText(meaning.cause).waitFor();
  await said.getByText(meaning.advice).waitFor();
  await jobPage().getByRole("button", { name: /^Tries of/ }).first().click();
  await jobPage().getByRole("listitem").getByText(meaning.advice).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-failed-1440");
  await jobPage().getByRole("button", { name: "Run failed again" }).click();
  await page.getByText("2 calls are run again.").waitFor();
  const again = await until(
    async () => (await api(`jobs?dealer_id=${CODE}&kind=rerun`)).items[0],
    (made) => made?.state === "succeeded",
  );
  assert.equal(again.tasks_succeeded, 2);
});

test("what the scheduler refuses is said at the field", async () => {
  const refused = await api("jobs", { dealer_ids: [CODE], from: "2001-01-01", to: "2001-01-02" }).catch(String);
  assert.match(refused, /"code":"job\.beyond_history"/);
  await go("#/jobs");
  await page.getByRole("button", { name: "Run job" }).click();
  await dialog().getByPlaceholder("Choose one or more").click();
  await page.keyboard.type(CODE);
  await page.getByRole("option", { name: new RegExp(CODE) }).click();
  await dialog().getByText("Run a job").click();
  await dialog().getByRole("button", { name: /–/ }).click();
  const calendar = page.locator("[data-dates-dropdown], .mantine-Popover-dropdown").last();
  for (let months = 0; months < 16; months += 1) {
    await calendar.locator("button[data-direction=previous]").click();
  }
  const days = calendar.locator("td button:not([data-outside]):not([disabled])");
  await days.nth(0).click();
  await days.nth(1).click();
  await dialog().getByRole("button", { name: "Run", exact: true }).click();
  await dialog().locator("[role=alert], .mantine-InputWrapper-error").first().waitFor();
  await picture(page, "admin-refused-1440");
  page.faults.splice(0); // the refusal, told by the browser
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await dialog().waitFor({ state: "detached" });
});

test("a dealer is switched off after a question, and on again", async () => {
  await go("#/dealers");
  await menu(CODE, "Deactivate");
  await dialog().getByText("Its stored data stay").waitFor();
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await dialog().waitFor({ state: "detached" });
  assert.equal((await api(`dealers/${CODE}`)).is_active, true);
  await menu(CODE, "Deactivate");
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Deactivate" }).click();
  await row(CODE).locator('[data-state="inactive"]').waitFor();
  assert.equal((await api(`dealers/${CODE}`)).is_active, false);
});

test("a change from elsewhere appears by itself", async () => {
  await row(CODE).waitFor();
  await page.locator('[data-live="on"]').waitFor();
  await api(`dealers/${CODE}`, { dealer_name: "Changed Elsewhere" }, "PATCH");
  await row(CODE).getByText("Changed Elsewhere").waitFor({ timeout: 5_000 });
});

test("the services are shown, all well", async () => {
  await go("#/services");
  for (const name of ["account-1", "dealer-1", "scheduler-1", "fetcher-1", "analytics-1"]) {
    await page.locator(`tr[data-service="${name}"] [data-state="ready"]`).waitFor();
  }
  await picture(page, "admin-services-1440");
  assert.deepEqual(await violations(page), []);
});

test("at 360 px every page fits and can be reached", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await go("#/dealers");
  for (const name of ["Jobs", "Services", "Dealers"]) {
    await page.getByRole("button", { name: "Open navigation" }).click();
    await page.getByRole("link", { name }).click();
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    await page.locator("tbody tr").first().waitFor();
    await page.waitForTimeout(300);
    assert.equal(await sideScroll(page), 0, name);
    assert.deepEqual(await violations(page), [], name);
    await picture(page, `admin-${name.toLowerCase()}-360`);
  }
  const jobs = await api(`jobs?dealer_id=${CODE}`);
  await go(`#/jobs/${jobs.items[0].id}`);
  await jobPage().getByText(dayBack(29).slice(0, 4), { exact: false }).first().waitFor();
  assert.equal(await sideScroll(page), 0);
  await picture(page, "admin-job-360");
});

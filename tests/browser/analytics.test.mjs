/*
 * The Analytics Dashboard of a running system: figures, charts and their table twins, filters in
 * the URL, refresh by key and by event, what stays on screen when the system is away, small
 * screens, dark mode, accessibility.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { drawn, picture, showDealer, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, endpoints, link, until } from "./system.mjs";

/** Besides the districts, which are a table. */
const CHARTS = 8;
const DEALER = "12284";
const DAYS = 7;
const WEEK = `from=${dayBack(DAYS - 1)}&to=${dayBack(0)}`;

let browser;
let page;
before(async () => {
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("analytics"));
  await page.locator("main").waitFor();
});
after(() => browser.close());
afterEach(() => {
  const faults = page.faults.splice(0);
  assert.deepEqual(faults, []);
});

const report = (range) => api(`report/prospects?dealer_id=${DEALER}${range ? `&${range}` : ""}`);
const number = async (locator) => Number((await locator.innerText()).replace(/\D/g, ""));
const card = (name) => number(page.locator(`[data-card="${name}"]`));
const panel = (title) => page.getByRole("region", { name: title, exact: true });

/** Reads what is shown between two equal answers of the API, so that a store in between is no fault. */
async function steady(range, read) {
  for (let tries = 0; tries < 10; tries += 1) {
    const first = await report(range);
    await page.keyboard.press("r");
    await page.waitForTimeout(500);
    const shown = await read();
    const second = await report(range);
    if (first.stamp.version === second.stamp.version) {
      return { shown, figures: second };
    }
  }
  throw new Error("the figures do not come to rest");
}

async function twin(title) {
  const box = panel(title).first();
  await box.getByRole("button", { name: /Show as table/ }).click();
  const rows = await box.locator("tbody tr").evaluateAll((all) =>
    all.map((row) => [...row.cells].map((cell) => cell.textContent)),
  );
  await box.getByRole("button", { name: /Show as chart/ }).click();
  return rows;
}

test("the one-time link signs in and leaves the address bar", async () => {
  assert.equal(new URL(page.url()).hash.includes("token"), false);
  await page.getByText("Simulated data").first().waitFor();
});

for (const [name, hash, query] of [
  ["a week", `&${WEEK}`, WEEK],
  ["all time", "&range=all", ""],
]) {
  test(`cards and table twins equal the API's figures: ${name}`, async () => {
    await showDealer(page, DEALER, hash);
    const { shown, figures } = await steady(query, async () => ({
      cards: [await card("total"), await card("recent"), await card("active")],
      days: await twin("Prospects per day"),
      status: await twin("Status"),
      units: await twin("Unit types"),
    }));
    assert.deepEqual(shown.cards, [figures.total, figures.recent, figures.active]);
    const counts = (rows) => rows.map((row) => Number(row[1].replace(/\D/g, "")));
    assert.deepEqual(counts(shown.days).reverse(), figures.daily_counts.map((day) => day.count));
    assert.deepEqual(counts(shown.status), figures.status_distribution.map((one) => one.count));
    assert.deepEqual(
      counts(shown.units),
      figures.unit_types.map((one) => one.count).sort((a, b) => b - a),
    );
    assert.ok(figures.total > 0 && figures.status_distribution.some((one) => one.label === "Deal"));
  });
}

test("the charts are drawn, not blank, and say in words what they show", async () => {
  await showDealer(page, DEALER);
  await drawn(page, CHARTS);
  const inks = await page.locator('[data-chart="ready"] canvas').evaluateAll((all) =>
    all.map((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const colours = new Set();
      for (let at = 0; at < data.length; at += 4) {
        colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
      }
      return colours.size;
    }),
  );
  assert.equal(inks.length, CHARTS);
  assert.ok(inks.every((colours) => colours > 20), `${inks}`);
  const words = await page.locator("[data-chart]").evaluateAll((all) => all.map((one) => one.ariaLabel));
  assert.match(words.join(" "), /Line chart: .* Pie chart .*Deal.* Unit types: .* Funnel: .*Deal.* Sources: /);
  await picture(page, "analytics-1440");
});

test("filters live in the URL and come back with it", async () => {
  await showDealer(page, DEALER);
  await page.getByRole("radio", { name: "90 days" }).locator("..").click();
  await page.waitForFunction(() => window.location.hash.includes("range=90d"));
  await page.reload();
  await page.getByRole("radio", { name: "90 days", checked: true }).waitFor({ state: "attached" });

  await page.getByLabel("Dealer", { exact: true }).first().click();
  await page.keyboard.type("99901");
  await page.getByRole("option", { name: /99901/ }).click();
  await page.waitForFunction(() => window.location.hash.includes("dealer=99901"));
  await page.goBack();
  await page.waitForFunction(() => window.location.hash.includes("dealer=12284"));

  await page.getByRole("button", { name: "Custom" }).click();
  const days = page.getByRole("dialog").locator("td button:not([data-outside]):not([disabled])");
  await days.nth(0).click();
  await days.nth(0).click();
  await page.waitForFunction(() => /from=\d{4}-\d\d-01&to=\d{4}-\d\d-01/.test(window.location.hash));
});

test("a range without prospects says so", async () => {
  await page.evaluate((dealer) => {
    window.location.hash = `#/?dealer=${dealer}&from=2001-01-01&to=2001-01-07`;
  }, DEALER);
  await page.getByText("No prospects in this range").first().waitFor();
  assert.equal(await card("total"), 0);
});

test("the key r reads again; typing an r into a field does not", async () => {
  await showDealer(page, DEALER);
  let reads = 0;
  const count = (request) => (reads += request.url().includes("report/prospects") ? 1 : 0);
  page.on("request", count);
  await page.locator("main").focus();
  await page.keyboard.press("r");
  await page.waitForTimeout(500);
  assert.equal(reads, 1);
  await page.getByLabel("Dealer", { exact: true }).first().click();
  await page.keyboard.type("r");
  await page.waitForTimeout(500);
  assert.equal(reads, 1);
  await page.keyboard.press("Escape");
  page.off("request", count);
});

test("a new fetch appears by itself", async () => {
  await showDealer(page, DEALER);
  await page.locator('[data-live="on"]').waitFor();
  const job = await api("jobs", { dealer_ids: [DEALER], from: dayBack(2), to: dayBack(2) });
  const answer = page.waitForResponse(
    async (response) => response.url().includes("report/fetches") && (await response.text()).includes(job.id),
    { timeout: 30_000 },
  );
  await until(() => api(`jobs/${job.id}`), (now) => now.state === "succeeded");
  await answer;
});

test("when the system is away the picture stays, with a banner; then it recovers", async () => {
  await showDealer(page, DEALER);
  const total = await card("total");
  await browser.context.setOffline(true);
  await page.locator("main").focus();
  await page.keyboard.press("r");
  await page.locator("[data-stale]").waitFor({ timeout: 20_000 });
  assert.equal(await card("total"), total);
  await picture(page, "analytics-away-1440");
  await browser.context.setOffline(false);
  await page.keyboard.press("r");
  await page.locator("[data-stale]").waitFor({ state: "detached" });
  page.faults.splice(0); // the browser itself tells of refused connections
});

test("no axe violation: charts, table twins, dark", async () => {
  await showDealer(page, DEALER);
  assert.deepEqual(await violations(page), []);
  for (const title of ["Prospects per day", "Status", "Unit types"]) {
    await page.getByRole("button", { name: `${title}: Show as table` }).click();
  }
  await page.locator("section table").nth(2).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.reload();
  await page.getByRole("button", { name: "Dark mode" }).click();
  await drawn(page);
  assert.deepEqual(await violations(page), []);
  await picture(page, "analytics-dark-1440");
  await page.getByRole("button", { name: "Light mode" }).click();
});

test("the keyboard reaches the content first, then every control", async () => {
  await showDealer(page, DEALER);
  await page.reload();
  await drawn(page);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  const seen = new Set();
  for (let steps = 0; steps < 30; steps += 1) {
    await page.keyboard.press("Tab");
    seen.add(
      await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent),
    );
  }
  const names = [...seen].join("|");
  for (const wanted of [/Custom/, /Refresh/, /Total prospects: /, /Status: Show as table/]) {
    assert.match(names, wanted);
  }
});

test("at 360 px nothing is cut off or scrolls sideways", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  await showDealer(page, DEALER);
  assert.equal(await sideScroll(page), 0);
  assert.deepEqual(await violations(page), []);
  await picture(page, "analytics-360");
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("the API docs work offline", async () => {
  const docs = await browser.open(`${endpoints.api}/docs/`);
  await docs.getByText("/api/v1/report/prospects", { exact: false }).first().waitFor();
  await docs.waitForTimeout(300);
  assert.deepEqual(docs.faults, []);
  await picture(docs, "docs-1440");
  await docs.close();
});

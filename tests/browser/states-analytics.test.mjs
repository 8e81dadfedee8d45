/*
 * Every page of the Analytics Dashboard in each state it can be in: loading, failed, empty, in part, old, offline, and
 * not for whoever looks. Each is seen to be there, checked and photographed.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./browser.mjs";
import { goThrough, look } from "./states.mjs";
import { api, endpoints, link } from "./system.mjs";

const FETCHES = 'section[aria-labelledby="fetches-title"] tbody tr';
const EMPTY = `N${Date.now().toString(36).slice(-7).toUpperCase()}`;

const PAGES = [
  {
    name: "dashboard",
    main: true,
    path: "#/?dealer=12284",
    of: /report\//,
    shown: '[data-card="total"]',
    last: FETCHES,
    part: /report\/fetches/,
  },
  {
    name: "dashboard-all",
    path: "#/?dealer=*",
    of: /report\/dealers/,
    shown: '[data-card="total"]',
    last: FETCHES,
    none: { en: "No dealer yet" },
    states: ["empty", "stale"],
  },
  {
    name: "dashboard-new",
    path: `#/?dealer=${EMPTY}`,
    shown: '[data-card="total"]',
    of: /never/,
    none: { en: "Nothing fetched yet" },
    states: ["empty"],
  },
  {
    name: "rows",
    path: "#/?dealer=12284&rows=status:3",
    of: /v1\/prospects/,
    shown: "[data-prospect]",
    none: { en: "No prospect here" },
    states: ["loading", "error", "empty"],
  },
  {
    name: "origin",
    path: "#/?dealer=12284&origin=12284",
    of: /report\/provenance/,
    shown: "[data-call]",
    none: { en: "Nothing is stored of these days" },
    states: ["loading", "error", "empty"],
  },
  {
    name: "group",
    path: "#/group",
    of: /report\/group/,
    shown: "[data-series]",
    none: { en: "No dealer to compare" },
    body: { items: [], totals: {} },
  },
  {
    name: "coverage",
    path: "#/coverage",
    of: /report\/dealers/,
    shown: "[data-day][data-state]",
    part: /v1\/coverage.*dealer_id=12284/,
    partly: "The database cannot be reached.",
    none: { en: "No dealer to show" },
  },
];

let browser;
before(async () => {
  const group = { api_key: "dgi-key-sim:group-b", secret_key: "dgi-secret-sim:group-b" };
  const named = { dealer_id: EMPTY, dealer_name: "Not Yet Fetched Motor", upstream_dealer_id: "99902" };
  await api("dealers", { ...named, ...group, upstream: "sim" });
  browser = await start();
  const page = await browser.open(link("analytics"));
  await page.locator('[data-card="total"]').waitFor();
  await page.close();
});
after(() => browser?.close());

for (const row of PAGES) {
  test(`the page ${row.name} is shown in each of its states`, () =>
    goThrough(browser, endpoints.analytics, "analytics", row));
}

test("a dealer that is not in one's sight is told as such", async () => {
  const login = `states.${Date.now().toString(36)}`;
  await api("users", { login, role: "viewer", dealers: [EMPTY] });
  const { token } = await api(`users/${login}/link`, {});
  const page = await browser.openApart(`${endpoints.analytics}/#/start?token=${token}`);
  try {
    await page.getByText("Nothing fetched yet").waitFor();
    await page.evaluate(() => (window.location.hash = "#/?dealer=12284"));
    await page.locator('[data-standstill="forbidden"]').getByText("Not in your sight: 12284").waitFor();
    assert.equal(await page.getByPlaceholder("Choose a dealer").inputValue(), "", "no other dealer's name stands there");
    assert.deepEqual(await look(page, "analytics-dashboard-forbidden"), []);
  } finally {
    await page.context().close();
  }
});

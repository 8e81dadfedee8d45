/*
 * Several tabs of one person: they share one event stream, since a browser makes six connections to a host and a
 * stream for each tab would leave none for the seventh.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./browser.mjs";
import { proxy, stop } from "./proxy.mjs";
import { api, endpoints, link, until } from "./system.mjs";

const CODE = `W${Date.now().toString(36).slice(-7).toUpperCase()}`;
const OTHER = `${CODE.toLowerCase()}.other`;
const TABS = 8;

let browser;
let server;
before(async () => {
  // Simulated: a real one would count in the figures of all.
  await api("dealers", {
    dealer_id: CODE,
    dealer_name: "Many Tabs",
    upstream: "sim",
    upstream_dealer_id: "99902",
    api_key: "dgi-key-sim:group-b",
    secret_key: "dgi-secret-sim:group-b",
  });
  browser = await start();
  server = await proxy("/", endpoints.admin);
});
after(async () => {
  await browser.close();
  stop(server);
  await api(`dealers/${CODE}`, { is_active: false }, "PATCH");
  await api(`users/${OTHER}`, { is_active: false }, "PATCH").catch(() => undefined);
});

const row = (tab) => tab.locator(`tr[data-dealer="${CODE}"]`);
const live = (tab) => tab.locator('[data-live="on"]').waitFor();
const signedIn = () => `${server.origin}/${new URL(link("admin")).hash}`;
const one = (count) => count === 1;
let tabs;

test(`${TABS} tabs all load, hear of a change, and share one stream`, async () => {
  tabs = [await browser.open(signedIn())];
  await row(tabs[0]).waitFor();
  while (tabs.length < TABS) {
    tabs.push(await browser.open(`${server.origin}/#/dealers?q=${CODE}`));
  }
  for (const tab of tabs) {
    await row(tab).getByText("Many Tabs").waitFor();
    await live(tab);
  }
  await until(server.streams, one, 5);
  await api(`dealers/${CODE}`, { dealer_name: "Heard Everywhere" }, "PATCH");
  for (const tab of tabs) {
    await row(tab).getByText("Heard Everywhere").waitFor();
    assert.deepEqual(tab.faults, []);
  }
  assert.equal(server.streams(), 1);
});

test("the stream goes on while a tab is left that was not the first", async () => {
  const [first, second, ...others] = tabs;
  await first.close();
  for (const tab of others.slice(1)) {
    await tab.close();
  }
  tabs = [second, others[0]];
  await api(`dealers/${CODE}`, { dealer_name: "Heard By Two" }, "PATCH");
  for (const tab of tabs) {
    await row(tab).getByText("Heard By Two").waitFor();
  }
  assert.equal(server.streams(), 1);
});

test("signing out in one tab ends the stream, and tells the others", async () => {
  const [here, there] = tabs;
  await here.getByRole("button", { name: "Account" }).click();
  await here.getByRole("menuitem", { name: "Sign out" }).click();
  await here.getByLabel("Login").waitFor();
  await there.getByLabel("Login").waitFor();
  await until(server.streams, (count) => count === 0, 5);
  await there.goto(signedIn());
  await row(there).waitFor();
  await live(there);
  assert.equal(server.streams(), 1);
});

test("who signs in in one tab is who every tab is for, and sees nothing of whoever was there", async () => {
  const [, there] = tabs;
  await api("users", { login: OTHER, role: "viewer", dealers: [] });
  const { token } = await api(`users/${OTHER}/link`, {});
  const here = await browser.open(`${server.origin}/#/start?token=${token}`);
  await here.getByRole("button", { name: "Account" }).waitFor();
  await there.getByRole("button", { name: "Account" }).click();
  await there.getByText(OTHER).first().waitFor();
  assert.equal(await row(there).count(), 0);
  assert.equal(server.streams(), 1);
  await here.close();
});

test("where there is no shared worker a page has a stream of its own", async () => {
  const context = await browser.apart();
  await context.addInitScript(() => delete window.SharedWorker);
  const tab = await context.newPage();
  await tab.goto(signedIn());
  await row(tab).waitFor();
  await live(tab);
  await api(`dealers/${CODE}`, { dealer_name: "Heard Alone" }, "PATCH");
  await row(tab).getByText("Heard Alone").waitFor();
  await context.close();
});

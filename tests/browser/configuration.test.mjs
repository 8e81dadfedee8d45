/*
 * The Admin Panel's system pages: upstreams and settings are changed with faults at their fields, the look is chosen,
 * services and what they stand on are checked, a process is drained; and a dealer comes in by way of its connection test.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, dayBack, link, until } from "./system.mjs";

const MARK = Date.now().toString(36).slice(-7);
const CODE = `C${MARK.toUpperCase()}`;

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
const gone = () => dialog().waitFor({ state: "detached" });

test("an upstream is changed; of a new one faults are shown at their fields", async () => {
  await go("#/configuration");
  await page.locator('[data-upstream="sim"] [data-state="closed"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "upstreams-1440");
  await page.getByRole("button", { name: "Add upstream" }).click();
  await dialog().getByRole("textbox", { name: "Name" }).fill(`west-${MARK}`);
  await dialog().getByRole("textbox", { name: "Longest window" }).fill("9999");
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().getByText("An address is needed").waitFor();
  await dialog().getByText("A whole number from 1 to 366").waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("textbox", { name: "Longest window" }).fill("5");
  await dialog().getByRole("textbox", { name: "URL" }).fill("ftp://dgi.example.com");
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().locator(".mantine-InputWrapper-error").first().waitFor();
  page.faults.splice(0); // the refusal, told by the browser
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await gone();

  const sim = async () => (await api("upstreams?name=sim")).items[0];
  const { overlap_hours: hours, quota } = await sim();
  try {
    await page.getByRole("button", { name: "Edit sim" }).click();
    await dialog().getByRole("textbox", { name: "Overlap" }).fill(String(hours + 1));
    await picture(page, "upstream-1440");
    await dialog().getByRole("button", { name: "Save" }).click();
    await gone();
    const now = await sim();
    assert.deepEqual([now.overlap_hours, now.quota], [hours + 1, quota]);
    await page.locator('[data-upstream="sim"]').getByText("Changed by admin,", { exact: false }).waitFor();
    // What somebody else has changed meanwhile is not written over.
    await page.getByRole("button", { name: "Edit sim" }).click();
    await dialog().getByRole("textbox", { name: "Overlap" }).fill(String(hours + 3));
    await api("upstreams/sim", { overlap_hours: hours + 2 }, "PUT");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText("Somebody else has changed this meanwhile", { exact: false }).waitFor();
    assert.match(page.faults.splice(0).join(), /412/);
    assert.deepEqual(await violations(page), []);
    assert.equal((await sim()).overlap_hours, hours + 2);
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await gone();
  } finally {
    await api("upstreams/sim", { overlap_hours: hours }, "PUT");
  }
});

test("a setting is changed within its limits, and back to usual", async () => {
  await go("#/configuration?tab=settings");
  const line = page.locator('[data-setting="retention.ticks_days"]');
  const box = line.getByRole("textbox");
  await box.fill("99999");
  await line.getByText("A whole number from 0 to 3 650").or(line.getByText("A whole number from 0 to 3,650")).waitFor();
  assert.equal(await line.getByRole("button", { name: "Save" }).isDisabled(), true);
  await box.fill("45");
  await line.getByRole("button", { name: "Save" }).click();
  await line.getByText("Changed by admin", { exact: false }).waitFor();
  const value = async () => (await api("settings?prefix=retention.ticks")).items[0].value;
  assert.equal(await value(), 45);
  assert.deepEqual(await violations(page), []);
  await picture(page, "settings-1440");
  await line.getByRole("button", { name: "back to usual" }).click();
  await until(value, (now) => now === 90);
});

test("language and colours are chosen for this browser", async () => {
  await go("#/configuration?tab=appearance");
  await page.getByRole("radio", { name: "Dark" }).locator("..").click();
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("combobox", { name: "Language" }).or(page.getByLabel("Language")).first().click();
  await page.getByRole("option", { name: "Bahasa Indonesia" }).click();
  await page.getByRole("heading", { name: "Konfigurasi" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Konfigurasi" }).waitFor();
  await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
  await picture(page, "appearance-dark-id-1440");
  await page.getByLabel("Bahasa", { exact: true }).first().click();
  await page.getByRole("option", { name: "English" }).click();
  await page.getByRole("radio", { name: "As the device" }).locator("..").click();
  await page.getByRole("heading", { name: "Configuration" }).waitFor();
});

test("what the system stands on is checked one by one", async () => {
  await go("#/services");
  for (const [id, name] of [["postgresql", "PostgreSQL"], ["redis", "Redis"]]) {
    const line = page.locator(`[data-foundation="${id}"]`);
    await line.getByRole("button", { name: `Check ${name}` }).click();
    await line.getByText(/^Answered in/).waitFor();
    await line.locator('[data-state="ready"]').waitFor();
  }
  assert.deepEqual(await violations(page), []);
  await picture(page, "services-1440");
  await page.getByRole("button", { name: "Check sim" }).click();
  await dialog().getByRole("button", { name: "Test now" }).click();
  await dialog().getByText("The connection works.").waitFor();
  await dialog().getByRole("button", { name: "Close" }).last().click();
  await gone();
});

test("a process is drained after a question, and its supervisor starts it anew", async () => {
  // Of a fetcher nobody notices it: what it has is stored, what it has not begun is given back.
  const instance = async () =>
    (await api("services")).items.find((one) => one.name === "fetcher-1" && one.state === "ready")?.instance;
  const old = await instance();
  await page.getByRole("button", { name: "Drain fetcher-1" }).click();
  await dialog().getByText("finishes what it has in hand", { exact: false }).waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Drain" }).click();
  await gone();
  await until(instance, (now) => now !== undefined && now !== old);
});

test("a dealer comes in by way of its connection test, and is switched on when that works", async () => {
  await go("#/dealers");
  await page.getByRole("button", { name: "Add dealer" }).click();
  await dialog().getByLabel("Code", { exact: false }).first().fill(CODE);
  await dialog().getByLabel("Name", { exact: false }).first().fill("Onboarding Motor");
  await dialog().getByRole("textbox", { name: "Upstream" }).or(dialog().getByRole("combobox", { name: "Upstream" })).first().click();
  await page.getByRole("option", { name: "sim (simulated)" }).click();
  await dialog().getByLabel("Code at the upstream").fill("99901");
  await dialog().getByLabel("API key").fill("dgi-key-sim:group-a");
  await dialog().getByLabel("Secret key").fill("wrong-secret");
  await dialog().getByRole("button", { name: "Add and test" }).click();
  await dialog().getByText("The connection does not work.").waitFor();
  await dialog().locator('[data-step="authentication"][data-state="failed"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "onboarding-failed-1440");
  assert.equal((await api(`dealers/${CODE}`)).is_active, false);
  await dialog().getByRole("button", { name: "Change what was entered" }).click();
  await dialog().getByLabel("Secret key").fill("dgi-secret-sim:group-a");
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().getByText("The connection works.").waitFor();
  await picture(page, "onboarding-1440");
  await dialog().getByRole("button", { name: "Switch on" }).click();
  await gone();
  assert.equal((await api(`dealers/${CODE}`)).is_active, true);
});

test("before a dealer is switched off, what that stops is told", async () => {
  await api("pauses", { scope: "dealer", target: CODE, reason: "Browser" });
  const job = await api("jobs", { dealer_ids: [CODE], from: dayBack(2), to: dayBack(2) });
  await api("schedules", { name: `Night ${MARK}`, dealer_ids: [CODE], cron: "0 3 * * *" });
  await api(`dealers/${CODE}/freshness`, { minutes: 600 }, "PUT");
  await go(`#/dealers?q=${CODE}`);
  const line = page.locator(`tr[data-dealer="${CODE}"]`);
  await line.getByRole("button").click();
  await page.getByRole("menuitem", { name: "Deactivate" }).click();
  await dialog().getByText(/^1 open job/).waitFor();
  await dialog().getByText(`Schedule Night ${MARK} no longer fetches it.`).waitFor();
  await dialog().getByText(/not older than 10 h/).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "deactivate-1440");
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await gone();
  await api(`jobs/${job.id}/cancel`, {});
  const [night] = (await api(`schedules?dealer_id=${CODE}`)).items;
  await api(`schedules/${night.id}`, undefined, "DELETE");
  await api(`dealers/${CODE}/freshness`, undefined, "DELETE");
  await api(`pauses?scope=dealer&target=${CODE}`, undefined, "DELETE");
});

test("at 360 px the system pages fit", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const [name, hash, one] of [
    ["upstreams", "#/configuration", "[data-upstream]"],
    ["settings", "#/configuration?tab=settings", "[data-setting]"],
    ["services", "#/services", "tr[data-service]"],
    ["dealers", "#/dealers", "tr[data-dealer]"],
  ]) {
    await go(hash);
    await page.locator(one).first().waitFor();
    await page.waitForTimeout(300);
    assert.equal(await sideScroll(page), 0, name);
    for (const table of await page.locator("table").all()) {
      const wider = await table.evaluate((it) => it.scrollWidth - it.closest("[role=group]").clientWidth);
      assert.ok(wider <= 0, `${name}: a table is ${wider} px wider`);
    }
    assert.deepEqual(await violations(page), [], name);
    await picture(page, `${name}-360`);
  }
});

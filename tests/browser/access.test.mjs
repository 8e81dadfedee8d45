/*
 * Who may use the system, in the Admin Panel: users come in by a link shown once, are locked out and let in again;
 * keys are shown once, rotated and revoked; the audit trail tells all of it; pages that are not for a role are not
 * offered, and say so when their address is opened.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { api, endpoints, link, until } from "./system.mjs";

const MARK = `x${Date.now().toString(36)}`;
const LOGIN = `${MARK}.ann`;
const PASSWORD = "correct horse battery";

let browser;
let page;
before(async () => {
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
});
after(() => browser.close());
afterEach(() => assert.deepEqual(page.faults.splice(0), []));

const go = (hash, on = page) => on.evaluate((to) => (window.location.hash = to), hash);
const dialog = () => page.getByRole("dialog");
const gone = () => dialog().waitFor({ state: "detached" });
const row = (login) => page.locator(`tr[data-user="${login}"]`);

async function menu(line, item) {
  await line.getByRole("button").click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** A tab of another person, signed in by a link; it shares nothing with the administrator's. */
async function visit(login, what) {
  const { token } = await api(`users/${login}/link`, {});
  const tab = await browser.openApart(`${endpoints.admin}/#/start?token=${token}`);
  try {
    await tab.getByRole("heading", { name: "Dealers" }).waitFor();
    await what(tab);
    assert.deepEqual(tab.faults, []);
  } finally {
    await tab.context().close();
  }
}

test("a user is added; faults are shown at their fields; the link is shown once and lets in", async () => {
  await go("#/users");
  await page.getByRole("button", { name: "Add user" }).click();
  await dialog().getByLabel("Login").fill("a b");
  await dialog().getByRole("button", { name: "Add user" }).click();
  await dialog().getByText("1 to 64 letters, digits, . - _ or @").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "access-user-1440");
  await dialog().getByLabel("Login").fill("ADMIN");
  await dialog().getByRole("button", { name: "Add user" }).click();
  await dialog().getByText("There is a user with this login already.").waitFor();
  page.faults.splice(0); // the refusal, told by the browser
  await dialog().getByLabel("Login").fill(LOGIN);
  await dialog().getByLabel("Name", { exact: true }).fill(`Ann ${MARK}`);
  await dialog().getByPlaceholder("Choose one or more").click();
  await page.keyboard.type("12284");
  await page.getByRole("option", { name: /12284/ }).click();
  await page.keyboard.press("Tab");
  await dialog().getByRole("button", { name: "Add user" }).click();
  const shown = await dialog().getByRole("textbox", { name: "One-time link" }).inputValue();
  assert.match(shown, /#\/start\?token=dl_/);
  assert.deepEqual(await violations(page), []);
  await picture(page, "access-link-1440");
  await dialog().getByRole("button", { name: "I have copied it" }).click();
  await gone();
  assert.equal((await page.content()).includes(shown.split("token=")[1]), false);
  const made = await api(`users/${LOGIN}`);
  assert.deepEqual([made.name, made.role, made.dealers, made.has_password], [`Ann ${MARK}`, "viewer", ["12284"], false]);

  const tab = await browser.openApart(shown);
  await tab.getByRole("heading", { name: "Dealers" }).waitFor();
  await tab.locator("nav").getByRole("link", { name: "Jobs" }).waitFor();
  assert.deepEqual(await tab.locator("nav").getByRole("link").allInnerTexts(), ["Dealers", "Jobs"]);
  await tab.context().close();
});

test("what is not for a role is not offered, and its address says so", async () => {
  await visit(LOGIN, async (tab) => {
    for (const path of ["users", "keys", "audit", "configuration", "services", "quarantine"]) {
      await go(`#/${path}`, tab);
      await tab.locator('[data-standstill="forbidden"]').getByText(/needs the role/).waitFor();
    }
    await tab.getByText(`You are signed in as ${LOGIN}, Viewer.`).waitFor();
    assert.deepEqual(await violations(tab), []);
    await picture(tab, "access-forbidden-1440");
    await go("#/dealers", tab);
    await tab.locator('tr[data-dealer="12284"]').waitFor();
    assert.equal(await tab.getByRole("button", { name: "Add dealer" }).count(), 0);
    await go("#/jobs", tab);
    await tab.getByRole("heading", { name: "History" }).waitFor();
  });
});

test("an address that is none says so", async () => {
  await go("#/nowhere/at/all");
  await page.getByRole("heading", { name: "There is no such page" }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("link", { name: "To the dealers" }).click();
  await page.getByRole("heading", { name: "Dealers", level: 1 }).waitFor();
});

test("a user is edited, switched off and on, unlocked and signed out", async () => {
  await go(`#/users?q=${MARK}`);
  await menu(row(LOGIN), "Edit");
  await dialog().getByLabel("New password").fill("short");
  await dialog().getByRole("button", { name: "Save" }).click();
  await dialog().getByText("At least 12 characters").waitFor();
  await dialog().getByLabel("New password").fill(PASSWORD);
  await dialog().getByRole("combobox", { name: "Role" }).or(dialog().getByLabel("Role")).first().click();
  await page.getByRole("option", { name: "Operator" }).click();
  await dialog().getByRole("button", { name: "Save" }).click();
  await gone();
  await row(LOGIN).locator("td").nth(1).getByText("Operator").waitFor();

  // Each lock is twice as long as the one before; this one is still there when the list is read.
  await until(async () => {
    await fetch(`${endpoints.admin}/api/v1/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: endpoints.admin },
      body: JSON.stringify({ login: LOGIN, password: "wrong" }),
    });
    return Date.parse((await api(`users/${LOGIN}`)).locked_until ?? 0) - Date.now();
  }, (left) => left > 5_000, 60);
  await page.reload();
  await row(LOGIN).locator('[data-state="locked"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "access-users-1440");
  await menu(row(LOGIN), "Unlock");
  await row(LOGIN).locator('[data-state="active"]').waitFor();
  assert.equal((await api(`users/${LOGIN}`)).locked_until, undefined);

  await visit(LOGIN, async (tab) => {
    await page.reload();
    await menu(row(LOGIN), "Sign out everywhere");
    assert.deepEqual(await violations(page), []);
    await dialog().getByRole("button", { name: "Sign out everywhere" }).click();
    await gone();
    await tab.reload();
    await tab.getByRole("heading", { name: /Sign in/ }).waitFor();
    tab.faults.splice(0); // 401, told by the browser
  });

  await menu(row(LOGIN), "Deactivate");
  await dialog().getByText("can't sign in any more", { exact: false }).waitFor();
  await dialog().getByRole("button", { name: "Deactivate" }).click();
  await row(LOGIN).locator('[data-state="inactive"]').waitFor();
  await menu(row(LOGIN), "Activate");
  await dialog().getByRole("button", { name: "Activate" }).click();
  await row(LOGIN).locator('[data-state="active"]').waitFor();
});

test("search and filters of users live in the URL", async () => {
  await go("#/users");
  await page.getByRole("textbox", { name: "Search login or name" }).fill(`ann ${MARK}`);
  await until(() => page.locator("tr[data-user]").count(), (rows) => rows === 1);
  assert.match(page.url(), /q=ann\+/);
  await go(`#/users?q=${MARK}&role=admin`);
  await page.getByText("No user matches").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Search login or name" }).inputValue(), MARK);
});

test("nobody locks oneself out", async () => {
  await go("#/users?q=admin");
  await row("admin").getByRole("button").click();
  const off = page.getByRole("menuitem", { name: "Deactivate" });
  await off.getByText("Not yourself").waitFor();
  assert.equal(await off.isDisabled(), true);
  await page.keyboard.press("Escape");
});

test("a key is shown once, rotated with an overlap, and revoked", async () => {
  await go("#/keys");
  await page.getByRole("button", { name: "Create key" }).click();
  await dialog().getByRole("button", { name: "Create key" }).click();
  await dialog().getByText("Say what it is for").waitFor();
  await dialog().getByText("Choose at least one dealer, or all").waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByLabel("What it is for").fill(`Export ${MARK}`);
  await dialog().getByText("All dealers").click();
  await dialog().getByRole("button", { name: "Create key" }).click();
  const whole = await dialog().getByLabel("Key", { exact: true }).inputValue();
  const id = whole.split("_").slice(0, 2).join("_");
  const close = dialog().getByRole("button", { name: "Close" });
  assert.equal(await close.isDisabled(), true);
  assert.deepEqual(await violations(page), []);
  await picture(page, "access-key-1440");
  await dialog().getByLabel("I have stored it").check();
  await close.click();
  await gone();
  assert.equal((await page.content()).includes(whole), false);
  const asks = (key) =>
    fetch(`${endpoints.api}/api/v1/dealers`, { headers: { Authorization: `Bearer ${key}` } }).then((answer) => answer.status);
  assert.equal(await asks(whole), 200);

  const line = page.locator(`tr[data-key="${id}"]`);
  await menu(line, "Rotate");
  await dialog().getByLabel("Hours that the old one goes on").fill("2");
  await dialog().getByText(new RegExp(`${id} works until`)).waitFor();
  await dialog().getByRole("button", { name: "Rotate" }).click();
  const next = await dialog().getByLabel("Key", { exact: true }).inputValue();
  await dialog().getByText(new RegExp(`${id} works until`)).waitFor();
  await dialog().getByLabel("I have stored it").check();
  await close.click();
  await gone();
  await line.locator('[data-state="replaced"]').waitFor();
  assert.deepEqual([await asks(whole), await asks(next)], [200, 200]);
  await picture(page, "access-keys-1440");
  assert.deepEqual(await violations(page), []);

  await menu(line, "Revoke");
  await dialog().getByRole("button", { name: "Revoke" }).click();
  await line.locator('[data-state="revoked"]').waitFor();
  await until(() => asks(whole), (status) => status === 401);
});

test("the audit trail tells who did what, and is whole", async () => {
  await go(`#/audit?target=${LOGIN}&action=user.update`);
  await page.locator("tr[data-entry]").first().waitFor();
  await page.getByRole("button", { name: /details/ }).last().click();
  await dialog().locator('tr[data-field="role"]').getByText("viewer").waitFor();
  await dialog().locator('tr[data-field="role"]').getByText("operator").waitFor();
  await dialog().locator('tr[data-field="password"]').getByText("Secret, as a hash").waitFor();
  assert.equal((await page.content()).includes(PASSWORD), false);
  assert.deepEqual(await violations(page), []);
  await picture(page, "access-entry-1440");
  await dialog().getByRole("link", { name: LOGIN }).click();
  await gone();
  assert.match(page.url(), new RegExp(`audit\\?target=${LOGIN}$`));
  await until(() => page.locator("tr[data-entry]").count(), (rows) => rows >= 5);
  await page.getByRole("button", { name: "Verify chain" }).click();
  await dialog().locator('[data-verdict="whole"]').waitFor();
  assert.deepEqual(await violations(page), []);
  await dialog().getByRole("button", { name: "Close" }).click();
  await gone();
  const csv = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  assert.match(await page.evaluate(async (at) => (await fetch(at)).text(), csv), /^seq,at,principal,/);
});

test("a long trail is read page by page", async () => {
  await go("#/audit");
  await page.getByRole("button", { name: "Clear filters" }).waitFor({ state: "detached" });
  await until(() => page.locator("tr[data-entry]").count(), (rows) => rows > 0);
  const more = page.getByRole("button", { name: "Show more" });
  if ((await api("audit?limit=50")).next) {
    await more.click();
    await until(() => page.locator("tr[data-entry]").count(), (rows) => rows > 50);
  }
  await picture(page, "access-audit-1440");
  assert.deepEqual(await violations(page), []);
});

test("at 360 px every page of access fits", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const [name, one] of [["users", "tr[data-user]"], ["keys", "tr[data-key]"], ["audit", "tr[data-entry]"]]) {
    await go(`#/${name}`);
    await page.locator(one).first().waitFor();
    await page.waitForTimeout(300);
    assert.equal(await sideScroll(page), 0, name);
    const wider = await page.locator("table").first().evaluate((table) => table.scrollWidth - table.closest("[role=group]").clientWidth);
    assert.ok(wider <= 0, `${name}: the table is ${wider} px wider`);
    assert.deepEqual(await violations(page), [], name);
    await picture(page, `access-${name}-360`);
  }
});

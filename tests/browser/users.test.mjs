/*
 * Users in the Admin Panel: they come in by a link shown once, are locked out and let in again; pages that are not
 * for a role are not offered, and say so when their address is opened.
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
  assert.deepEqual(await tab.locator("nav").getByRole("link").allInnerTexts(), ["Dealers", "Jobs", "Coverage"]);
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

test("the keyboard alone opens, fills and leaves the form", async () => {
  await go("#/users");
  await page.getByRole("button", { name: "Add user" }).focus();
  await page.keyboard.press("Enter");
  await dialog().waitFor();
  const focused = () => page.evaluate(() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent.slice(0, 40));
  await until(focused, (text) => /^Login/.test(text));
  await page.keyboard.type("by.keyboard");
  await page.keyboard.press("Tab");
  assert.match(await focused(), /^Name/);
  await page.keyboard.press("Escape");
  await gone();
  await until(focused, (text) => text === "Add user");
});

test("nobody locks oneself out", async () => {
  await go("#/users?q=admin");
  await row("admin").getByRole("button").click();
  const off = page.getByRole("menuitem", { name: "Deactivate" });
  await off.getByText("Not yourself").waitFor();
  assert.equal(await off.isDisabled(), true);
  await page.keyboard.press("Escape");
});

test("at 360 px the users fit", async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const [name, one] of [["users", "tr[data-user]"]]) {
    await go(`#/${name}`);
    await page.locator(one).first().waitFor();
    await until(() => sideScroll(page), (pixels) => pixels === 0, 5);
    const wider = () =>
      page.locator("table").first().evaluate((table) => table.scrollWidth - table.closest("[role=group]").clientWidth);
    await until(wider, (pixels) => pixels <= 0, 5); // the frame slides away
    assert.deepEqual(await violations(page), [], name);
    await picture(page, `access-${name}-360`);
  }
});

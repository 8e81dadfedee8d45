/*
 * Sign-in without a link: by login and password, by the administrator's key; what is wrong, a used link, signing out.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { picture, showDealer, sideScroll, start, violations } from "./browser.mjs";
import { proxy, stop } from "./proxy.mjs";
import { endpoints, key, link } from "./system.mjs";

const USER = `vera.${Date.now().toString(36)}`;

let browser;
before(async () => (browser = await start({ viewport: { width: 360, height: 740 } })));
after(() => browser.close());

/** Without a session the API answers 401, which the browser reports by itself. */
const unexpected = (page) => page.faults.filter((fault) => !fault.includes("401"));

test("a used link is refused with words, and the page offers a key", async () => {
  const once = link("admin");
  const stranger = await start();
  const first = await stranger.open(once);
  await first.getByRole("heading", { name: "Dealers" }).waitFor();
  await stranger.close();
  const page = await browser.open(once);
  await page.getByText("This sign-in link no longer works").waitFor();
  assert.equal(page.url().includes("token"), false);
  assert.deepEqual(await violations(page), []);
  assert.equal(await sideScroll(page), 0);
  assert.deepEqual(unexpected(page), []);
  await picture(page, "signin-360");
  await page.close();
});

test("the administrator's key signs in, a wrong one does not, signing out ends it", async () => {
  const page = await browser.open(endpoints.admin);
  await page.getByRole("button", { name: "Use an admin key instead" }).click();
  const field = page.getByLabel("Admin key");
  await field.fill("wrong");
  await page.getByRole("button", { name: "Sign in with the key" }).click();
  await page.getByText("This key is not known").waitFor();
  await field.fill(key);
  await page.getByRole("button", { name: "Sign in with the key" }).click();
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.equal(kept.includes(key), false);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Login").waitFor();
  await page.reload();
  await page.getByLabel("Login").waitFor();
  assert.deepEqual(unexpected(page), []);
  await page.close();
});

/** A call with the administrator's key. */
const admin = (method, path, body) =>
  fetch(`${endpoints.admin}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });

test("a user signs in with a password, sets a new one, and signs in with that", async () => {
  const old = "correct horse battery";
  const fresh = "battery staple horse";
  assert.equal((await admin("POST", "/users", { login: USER, role: "operator", all_dealers: true, password: old })).status, 201);
  const page = await browser.open(endpoints.admin);
  const signIn = async (password) => {
    await page.getByLabel("Login").fill(USER);
    await page.getByRole("textbox", { name: /^Password/ }).fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  };
  await signIn("wrong");
  await page.getByText("Login or password is wrong.").waitFor();
  assert.deepEqual(await violations(page), []);
  await signIn(old);
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByText(USER, { exact: true }).waitFor();
  await page.getByRole("menuitem", { name: "Change password" }).click();
  await page.getByRole("textbox", { name: /Password until now/ }).fill(old);
  await page.getByRole("textbox", { name: /New password/ }).fill("short");
  await page.getByRole("button", { name: "Save password" }).click();
  await page.getByText("Must have at least 12 characters.").waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "password-360");
  await page.getByRole("textbox", { name: /New password/ }).fill(fresh);
  await page.getByRole("button", { name: "Save password" }).click();
  await page.getByLabel("Login").waitFor();
  await signIn(fresh);
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
  await page.close();
});

test("the pages work under any base path", async () => {
  const server = await proxy("/dash/analytics/", endpoints.analytics);
  const { hash } = new URL(link("analytics"));
  const page = await browser.open(`${server.origin}/dash/analytics/${hash}`);
  await showDealer(page, "12284");
  await page.locator('[data-live="on"]').waitFor();
  assert.deepEqual(page.faults, []);
  await page.close();
  stop(server);
});

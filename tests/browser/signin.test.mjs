/*
 * Sign-in without a link: by the administrator's key; a wrong key, a used link, signing out.
 */
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { after, before, test } from "node:test";
import { picture, showDealer, sideScroll, start, violations } from "./browser.mjs";
import { endpoints, key, link } from "./system.mjs";

let browser;
before(async () => (browser = await start({ viewport: { width: 360, height: 740 } })));
after(() => browser.close());

/** A reverse proxy that shows `target` under `base`, as one domain for several services does. */
function proxy(base, target) {
  const server = createServer((from, to) => {
    const url = new URL(target);
    const ask = { host: url.hostname, port: url.port, method: from.method, headers: from.headers };
    if (!from.url.startsWith(base)) {
      to.writeHead(404).end();
      return;
    }
    const onward = request({ ...ask, path: from.url.slice(base.length - 1) }, (answer) => {
      to.writeHead(answer.statusCode, answer.headers);
      answer.pipe(to);
    });
    onward.on("error", () => to.destroy());
    to.on("close", () => onward.destroy());
    from.pipe(onward);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

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
  const field = page.getByRole("textbox", { name: /admin key/ });
  await field.fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This key is not known").waitFor();
  await field.fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.equal(kept.includes(key), false);
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await field.waitFor();
  await page.reload();
  await field.waitFor();
  assert.deepEqual(unexpected(page), []);
  await page.close();
});

test("the pages work under any base path", async () => {
  const server = await proxy("/dash/analytics/", endpoints.analytics);
  const { hash } = new URL(link("analytics"));
  const page = await browser.open(`http://127.0.0.1:${server.address().port}/dash/analytics/${hash}`);
  await showDealer(page, "12284");
  await page.locator('[data-live="on"]').waitFor();
  assert.deepEqual(page.faults, []);
  await page.close();
  server.closeAllConnections();
  server.close();
});

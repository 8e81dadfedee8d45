/*
 * How much of a page has to come before it can be used: the JavaScript of an application's first route,
 * gzipped, without the charts, which come after.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "./browser.mjs";
import { link } from "./system.mjs";

const MOST = 220_000;
const LATER = /\/(echarts|Charts|FetchTable|OutageNotice)-/;

for (const [app, shown] of [
  ["analytics", '[data-card="total"]'],
  ["admin", "table"],
]) {
  test(`the first route of ${app} needs at most ${MOST} bytes of JavaScript`, async () => {
    const browser = await start();
    try {
      const page = await browser.open(link(app));
      await page.locator(shown).first().waitFor();
      const scripts = await page.evaluate(() =>
        performance
          .getEntriesByType("resource")
          .filter((one) => new URL(one.name).pathname.endsWith(".js"))
          .map((one) => ({ path: new URL(one.name).pathname, bytes: one.encodedBodySize })),
      );
      const needed = scripts.filter((one) => !LATER.test(one.path));
      const sum = needed.reduce((all, one) => all + one.bytes, 0);
      assert.ok(needed.length > 1 && sum > 100_000, `only ${sum} bytes were seen`);
      assert.ok(sum <= MOST, `${sum} bytes: ${needed.map((one) => `${one.path} ${one.bytes}`).join(", ")}`);
    } finally {
      await browser.close();
    }
  });
}

/*
 * A real Chromium under playwright-core, as the pages' own packages bring it: open(URL) gives a page
 * that has collected its console errors and failed requests. close() ends it and removes its profile.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(fileURLToPath(new URL("../../ui/package.json", import.meta.url)));
const { chromium } = require("playwright-core");

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function start(options = {}) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: ARGUMENTS });
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 }, ...options });
  return {
    async open(url) {
      const page = await context.newPage();
      page.faults = [];
      page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
      page.on("pageerror", (error) => page.faults.push(String(error)));
      page.on("response", (answer) => answer.status() >= 500 && page.faults.push(`${answer.status()} ${answer.url()}`));
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}

/** Waits until the dashboard of `dealer` has figures and all its charts are drawn. */
export async function showDealer(page, dealer, range = "30d") {
  await page.locator("main").waitFor();
  await page.evaluate((hash) => (window.location.hash = hash), `#/?dealer=${dealer}&range=${range}`);
  await page.locator('[data-card="total"]').waitFor({ timeout: 15000 });
  await page.waitForFunction(() => document.querySelectorAll('[data-chart="ready"] canvas').length >= 3, null, {
    timeout: 15000,
  });
  await page.waitForTimeout(800); // the charts' opening animation
}

/*
 * A real Chromium under playwright-core, as the pages' own packages bring it, which asks them not to move: open(URL)
 * gives a page that collects its faults: console errors, exceptions, answers 5xx, requests to another origin.
 * close() ends the browser and removes its profile.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(fileURLToPath(new URL("../../ui/package.json", import.meta.url)));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Collects the faults of a page. */
export function watch(page, url) {
  const { origin } = new URL(url);
  page.faults = [];
  page.on("console", (message) => message.type() === "error" && page.faults.push(message.text()));
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("response", (answer) => answer.status() >= 500 && page.faults.push(`${answer.status()} ${answer.url()}`));
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) {
      page.faults.push(`request to ${request.url()}`);
    }
  });
}

/** A machine with other work is slow; what never comes is waited for no longer. */
const PATIENCE_MS = 30_000;

export async function start(options = {}) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: ARGUMENTS });
  const person = async (more = {}) => {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 1000 },
      reducedMotion: "reduce",
      ...options,
      ...more,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
  const openIn = async (context, url) => {
    const page = await context.newPage();
    watch(page, url);
    await page.goto(url);
    return page;
  };
  const context = await person();
  return {
    context,
    /** A context of somebody else; it shares no cookie with the others, and is to be closed. */
    apart: person,
    open: (url) => openIn(context, url),
    /** A page of somebody else. */
    openApart: async (url) => openIn(await person(), url),
    /** A context of whoever is signed in, with connections of its own: of one the pages share six. */
    again: async () => person({ storageState: await context.storageState() }),
    close: () => browser.close(),
  };
}

/** Waits until all charts are drawn and have come to rest. */
export async function drawn(page, charts = 3) {
  await page.waitForFunction(
    (wanted) => document.querySelectorAll('[data-chart="ready"] canvas').length >= wanted,
    charts,
  );
  await painted(page);
}

/** Waits until what has just changed is on the screen; nothing moves, for that is what the browser asks for. */
async function painted(page) {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** Goes to the dashboard of `dealer` and waits until it has figures and all its charts are drawn. */
export async function showDealer(page, dealer, filters = "") {
  await page.locator("main").waitFor();
  await page.evaluate((hash) => (window.location.hash = hash), `#/?dealer=${dealer}${filters}`);
  await page.locator('[data-card="total"]').waitFor();
  await page.locator('[aria-busy="false"]').first().waitFor();
  await drawn(page);
}

/** What axe finds against WCAG 2.2 A and AA and its own best practices, as one line each. */
export async function violations(page) {
  await page.mouse.move(0, 0); // a tooltip under the pointer belongs to no part of the page
  await painted(page);
  // What fades is pale, and what fades out is still there.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
    const late = new Promise((resolve) => setTimeout(resolve, 2000));
    return Promise.race([Promise.allSettled(ending.map((one) => one.finished)), late]).then(() => undefined);
  });
  if (!(await page.evaluate(() => "axe" in window))) {
    await page.evaluate(`${axe}; 0`); // by the debugger, since the page allows no foreign script
  }
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map(
    (one) => `${one.impact} ${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`,
  );
}

/** Pixels by which the page is wider than the window. */
export function sideScroll(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

export async function picture(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: true });
}

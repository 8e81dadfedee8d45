/*
 * node tests/bench/pages.mjs ORDER.json: opens pages cold in a real Chromium whose processor is slowed down, and
 * prints what each of them took, as JSON. The order is {rounds, slowdown, pages: [{name, url, cookie, shown}]}; a
 * page is whole once `shown` is there and each of its charts is drawn.
 */
import { readFileSync } from "node:fs";
import { start } from "../browser/browser.mjs";

const { rounds, slowdown, pages } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const SETTLED_MS = 500; // what moves after this is another matter
const PATIENCE_MS = 60_000;

/** Runs in the page before anything of it: notes the largest paints and what moved by itself. */
function observe() {
  window.seen = { lcp: 0, element: "", cls: 0, moved: [] };
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) {
      window.seen.lcp = one.startTime;
      window.seen.element = one.element?.outerHTML.slice(0, 80) ?? "";
    }
  }).observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries().filter((entry) => !entry.hadRecentInput)) {
      window.seen.cls += one.value;
      window.seen.moved.push(...one.sources.map(({ node }) => (node?.outerHTML ?? node?.textContent ?? "").slice(0, 80)));
    }
  }).observe({ type: "layout-shift", buffered: true });
}

/** In the page: when it was whole, in ms from its beginning; false: not yet. */
function whole(shown) {
  const charts = [...document.querySelectorAll("[data-chart]")];
  const drawn = charts.every((chart) => chart.dataset.chart === "ready");
  const waits = document.querySelector('[data-loading="charts"], .mantine-Skeleton-root');
  return document.querySelector(shown) && drawn && !waits && performance.now();
}

function weigh() {
  const scripts = performance.getEntriesByType("resource").filter((one) => new URL(one.name).pathname.endsWith(".js"));
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return {
    ...window.seen,
    first: paint?.startTime ?? 0,
    bytes: scripts.reduce((sum, one) => sum + one.encodedBodySize, 0),
  };
}

async function load(browser, { url, cookie, shown }) {
  const context = await browser.apart();
  try {
    await context.addCookies([{ ...cookie, url: new URL(url).origin }]);
    const page = await context.newPage();
    const debug = await context.newCDPSession(page);
    await debug.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
    await page.addInitScript(observe);
    await page.goto(url, { waitUntil: "commit" });
    const ready = await page.waitForFunction(whole, shown, { timeout: PATIENCE_MS, polling: "raf" });
    const drawn = await ready.jsonValue();
    await page.waitForTimeout(SETTLED_MS);
    return { ...(await page.evaluate(weigh)), drawn };
  } finally {
    await context.close();
  }
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function measure(browser, page) {
  const loads = [];
  for (let round = 0; round < rounds; round += 1) {
    loads.push(await load(browser, page));
  }
  const of = (name) => Math.round(median(loads.map((one) => one[name])));
  return {
    first_paint_ms: of("first"),
    lcp_ms: of("lcp"),
    drawn_ms: of("drawn"),
    cls: Math.round(median(loads.map((one) => one.cls)) * 1000) / 1000,
    script_bytes: of("bytes"),
    largest: loads[loads.length - 1].element,
    moved: [...new Set(loads.flatMap((one) => one.moved))].slice(0, 5),
  };
}

const browser = await start({ viewport: { width: 1440, height: 900 } });
try {
  const found = {};
  for (const page of pages) {
    found[page.name] = await measure(browser, page);
  }
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}

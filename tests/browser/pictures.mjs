/*
 * node tests/browser/pictures.mjs: the README's pictures, of the running system of $DD_ENDPOINTS as deploy/up
 * leaves it: docs/*.png.
 */
import { fileURLToPath } from "node:url";
import { drawn, showDealer, start } from "./browser.mjs";
import { api, link } from "./system.mjs";

const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
const browser = await start({ viewport: { width: 1440, height: 900 } });

async function save(page, name, height = 900) {
  await page.setViewportSize({ width: 1440, height });
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${DOCS}${name}.png` });
  if (page.faults.length > 0) {
    throw new Error(`${name}: ${page.faults.join("; ")}`);
  }
}

async function go(page, hash, seen) {
  await page.evaluate((to) => (window.location.hash = to), hash);
  await page.locator(seen).first().waitFor();
}

try {
  const dashboard = await browser.open(link("analytics"));
  await showDealer(dashboard, "12284", "&compare=previous");
  await save(dashboard, "dashboard");
  await go(dashboard, "#/group", "table");
  await save(dashboard, "group", 620);

  const admin = await browser.open(link("admin"));
  await admin.locator("table").first().waitFor();
  const [job] = (await api("jobs?dealer_id=12284&limit=1")).items;
  await go(admin, `#/jobs/${job.id}`, "[data-job-page]");
  await drawn(admin, 0);
  await save(admin, "job", 620);
  await go(admin, "#/coverage", "[data-day]");
  await save(admin, "coverage", 620);
} finally {
  await browser.close();
}

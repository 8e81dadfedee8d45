/*
 * node tests/browser/picture.mjs LINK FILE.png [DEALER]: signs in by a one-time link and takes a
 * picture of a dealer's charts; fails when a figure or a chart is missing or empty.
 */
import { showDealer, start } from "./browser.mjs";

const [link, file, dealer = "12284"] = process.argv.slice(2);
const browser = await start();
try {
  const page = await browser.open(link);
  await showDealer(page, dealer);
  const total = Number((await page.locator('[data-card="total"]').innerText()).replace(/\D/g, ""));
  await page.screenshot({ path: file, fullPage: true });
  if (!(total > 0) || page.faults.length > 0) {
    throw new Error(`total ${total}, faults: ${page.faults.join("; ")}`);
  }
  console.log(`${dealer}: ${total} prospects, ${file}`);
} finally {
  await browser.close();
}

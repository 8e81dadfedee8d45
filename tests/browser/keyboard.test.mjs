/*
 * Both applications by the keyboard alone: Tab reaches each control once, in the order of the page, where it can be
 * seen that it has the focus, and leaves the page again; dialogs keep the focus and give it back; menus and choices
 * go by arrows; each chart has a table.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./browser.mjs";
import { endpoints, link, until } from "./system.mjs";

const PAGES = [
  ["admin", "#/dealers", "tr[data-dealer]"],
  ["admin", "#/jobs", "tr[data-job]"],
  ["admin", "#/jobs?tab=figures", "[data-chart=ready]"],
  ["admin", "#/schedules", "text=/No schedule yet|Next run/"],
  ["admin", "#/schedules?tab=freshness", "tr[data-freshness]"],
  ["admin", "#/coverage", "[data-day][data-state]"],
  ["admin", "#/quarantine", "text=/Nothing waits|Why they were set aside/"],
  ["admin", "#/labels", "tr[data-label]"],
  ["admin", "#/users", "tr[data-user]"],
  ["admin", "#/keys", "main h1"],
  ["admin", "#/persons", "form"],
  ["admin", "#/audit", "tr[data-entry]"],
  ["admin", "#/configuration", "[data-upstream]"],
  ["admin", "#/configuration?tab=settings", "[data-setting]"],
  ["admin", "#/services", "tr[data-service]"],
  ["analytics", "#/?dealer=12284", "[data-fetch-dealer], tbody tr"],
  ["analytics", "#/group", "[data-series]"],
  ["analytics", "#/group?view=lines", "[data-series]"],
  ["analytics", "#/coverage", "[data-day][data-state]"],
];

/** What opens a dialog, on which page; `by` goes through a menu first. */
const DIALOGS = [
  ["admin", "#/dealers", "Add dealer"],
  ["admin", "#/dealers", /^Actions for Sample/, "Edit"],
  ["admin", "#/jobs", "Run job"],
  ["admin", "#/jobs", "Pause …"],
  ["admin", "#/schedules", "Add schedule"],
  ["admin", "#/coverage", "Fetch the holes …"],
  ["admin", "#/labels", "Add label"],
  ["admin", "#/users", "Add user"],
  ["admin", "#/keys", "Create key"],
  ["admin", "#/audit", /: details$/],
  ["admin", "#/configuration", "Add upstream"],
  ["admin", "#/services", /^Drain/],
  ["analytics", "#/?dealer=12284", "Find a prospect"],
  ["analytics", "#/?dealer=12284", "Where from?"],
];

let browser;
const tabs = {};
before(async () => {
  browser = await start({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  for (const application of ["admin", "analytics"]) {
    const page = await browser.openApart(link(application));
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.locator("main h1").waitFor();
    tabs[application] = page;
  }
});
after(() => browser?.close());

/** Shows a page afresh, with no part of it in motion and nothing focused. */
async function show(application, hash, shown) {
  const page = tabs[application];
  await page.goto("about:blank");
  await page.goto(`${endpoints[application]}/${hash}`);
  await page.locator(shown).first().waitFor();
  await page.locator('[data-live="on"]').waitFor();
  await until(() => page.locator(".mantine-Skeleton-root").count(), (count) => count === 0, 15);
  await page.addStyleTag({ content: "*, *::before, *::after { transition: none !important; animation: none !important; }" });
  return page;
}

/** Within `root`: remembers in the page which controls there are, and how each looks without the focus. */
function remember(page, root) {
  return page.evaluate((within) => {
    const FOCUSABLE = "a[href], button, input, select, textarea, [tabindex]";
    const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
    const first = (one) => {
      const group = [...document.querySelectorAll(`input[type=radio][name="${one.name}"]`)];
      return one === (group.find((other) => other.checked) ?? group.find((other) => !other.disabled));
    };
    const reachable = (one) =>
      one.tabIndex >= 0 &&
      !one.disabled &&
      !one.closest("[inert], fieldset:disabled") &&
      seen(one) &&
      (one.type !== "radio" || first(one));
    window.looksOf = (one) => {
      const near = [one, one.parentElement, one.nextElementSibling, one.labels?.[0], one.closest(".mantine-Input-wrapper")];
      return near
        .filter(Boolean)
        .flatMap((part) => [part, ...(part === one ? [] : part.querySelectorAll(":scope > *"))])
        .map((part) => {
          const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderWidth, borderColor, left } =
            getComputedStyle(part);
          const outline = outlineStyle === "none" ? "" : outlineWidth + outlineColor;
          return [outline, boxShadow, borderWidth === "0px" ? "" : borderColor, left].join();
        })
        .join(";");
    };
    window.nameOf = (one) =>
      [one.tagName.toLowerCase(), one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent ?? one.textContent?.trim().slice(0, 40)]
        .filter(Boolean)
        .join(" ");
    window.stops = [...document.querySelector(within).querySelectorAll(FOCUSABLE)].filter(reachable);
    window.looks = window.stops.map(window.looksOf);
    return window.stops.map(window.nameOf);
  }, root);
}

/** Where the focus is: which of the stops, whether it shows, and whether something lies over it. */
function focused(page) {
  return page.evaluate(() => {
    const one = document.activeElement;
    if (!one || one === document.body || one === document.documentElement) {
      return { at: "out" };
    }
    const at = window.stops.indexOf(one);
    const small = one.getBoundingClientRect();
    const { left, right, top, bottom } = small.width > 2 ? small : one.closest("label, div").getBoundingClientRect();
    const above = Math.max(top, 0);
    const height = Math.min(bottom, innerHeight) - above;
    const over = [0.1, 0.3, 0.5, 0.7, 0.9].map((part) =>
      document.elementFromPoint((Math.max(left, 0) + Math.min(right, innerWidth)) / 2, above + height * part),
    );
    const near = [one, ...(one.labels ?? []), one.parentElement];
    return {
      at,
      name: window.nameOf(one),
      plain: at >= 0 && window.looksOf(one) === window.looks[at],
      hidden: !over.some((there) => there && near.some((part) => part.contains(there) || there.contains(part))),
    };
  });
}

/** Walks on by Tab until the focus is out of the page, or comes round; tells what was met, and what is wrong with it. */
async function walk(page, names) {
  const wrong = [];
  const met = [];
  for (let steps = 0; steps <= names.length + 2; steps += 1) {
    await page.keyboard.press("Tab");
    const { at, name, plain, hidden } = await focused(page);
    if (at === "out" || (met.length > 0 && at === met[0])) {
      break;
    }
    met.push(at);
    if (at < 0) {
      wrong.push(`reached, but no control: ${name}`);
    }
    if (plain) {
      wrong.push(`does not show the focus: ${name}`);
    }
    if (hidden) {
      wrong.push(`lies under something: ${name}`);
    }
  }
  const order = names.map((_, at) => at);
  if (met.join() !== order.join()) {
    const missed = order.filter((at) => !met.includes(at)).map((at) => names[at]);
    wrong.push(`order ${met.join()} of ${names.length}; not reached: ${missed.join(" | ")}`);
  }
  return wrong;
}

for (const [application, hash, shown] of PAGES) {
  test(`Tab goes through ${application} ${hash} and out again`, async () => {
    const page = await show(application, hash, shown);
    const names = await remember(page, "body");
    assert.match(names[0], /Skip to content/);
    assert.deepEqual(await walk(page, names), []);
  });
}

for (const [application, hash] of [PAGES[0], PAGES[15]]) {
  test(`the skip link of ${application} leads past header and navigation`, async () => {
    const page = await show(application, hash, "main h1");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "MAIN");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.querySelector("main").contains(document.activeElement)), true);
  });
}

for (const [application, hash, opener, item] of DIALOGS) {
  test(`the dialog of ${opener} in ${application} ${hash} keeps the focus and gives it back`, async () => {
    const page = await show(application, hash, "main h1");
    const button = page.getByRole("button", { name: opener }).first();
    await button.focus();
    await page.keyboard.press("Enter");
    if (item) {
      const entry = page.getByRole("menuitem", { name: item });
      await entry.waitFor();
      for (let steps = 0; steps < 8 && !(await entry.evaluate((one) => one === document.activeElement)); steps += 1) {
        await page.keyboard.press("ArrowDown");
      }
      await page.keyboard.press("Enter");
    }
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    const inside = () => dialog.evaluate((box) => box.contains(document.activeElement));
    await until(inside, Boolean, 10);
    await until(() => dialog.locator(".mantine-Skeleton-root").count(), (count) => count === 0, 15);
    const stops = await dialog.evaluate((box) => box.querySelectorAll("a[href], button, input, select, textarea").length);
    for (let steps = 0; steps < stops + 2; steps += 1) {
      await page.keyboard.press("Tab");
      assert.equal(await inside(), true, `the focus is out of the dialog after ${steps + 1} steps`);
    }
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape"); // an open choice takes the first
    await dialog.waitFor({ state: "detached" });
    await until(() => button.evaluate((one) => one === document.activeElement), Boolean, 5);
  });
}

test("the menu of the account goes by arrows, and gives the focus back", async () => {
  const page = await show("admin", "#/dealers", "tr[data-dealer]");
  const button = page.getByRole("button", { name: "Account" });
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitemradio", { name: "English" }).waitFor();
  const at = () => page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("ArrowDown");
  const first = await at();
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await at(), first);
  await page.keyboard.press("ArrowUp");
  assert.equal(await at(), first);
  await page.keyboard.press("Escape");
  await until(() => button.evaluate((one) => one === document.activeElement), Boolean, 5);
});

test("a choice is made by arrows and Enter", async () => {
  const page = await show("admin", "#/users", "tr[data-user]");
  const role = page.getByRole("combobox", { name: "Role" }).or(page.getByLabel("Role", { exact: true })).first();
  await role.focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => window.location.hash.includes("role="));
});

test("each chart has a table that is reached and read by the keyboard", async () => {
  const page = await show("analytics", "#/?dealer=12284", "[data-chart=ready]");
  const charts = await page.locator("section:has([data-chart])").evaluateAll((all) => all.length);
  const switches = page.getByRole("button", { name: /: Show as table$/ });
  assert.equal(await switches.count(), charts);
  const first = switches.first();
  await first.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /: Show as chart$/ }).first().waitFor();
  for (let steps = 0; steps < 3; steps += 1) {
    await page.keyboard.press("Tab");
  }
  assert.equal(await page.evaluate(() => document.activeElement.closest("section")?.querySelector("table") !== null), true);
});

test("on a phone the closed navigation is not in the way, and the open one is reached", async () => {
  const page = await show("admin", "#/dealers", "tr[data-dealer]");
  await page.setViewportSize({ width: 360, height: 800 });
  try {
    const burger = page.getByRole("button", { name: "Open navigation" });
    await burger.waitFor();
    await until(() => page.getByRole("navigation").getByRole("link", { name: "Jobs" }).isVisible(), (seen) => !seen, 10);
    assert.deepEqual(await walk(page, await remember(page, "body")), []);
    await burger.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Jobs" }).waitFor();
    await page.getByRole("link", { name: "Jobs" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Jobs", level: 1 }).waitFor();
  } finally {
    await page.setViewportSize({ width: 1440, height: 900 });
  }
});

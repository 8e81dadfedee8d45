/*
 * The states that a page can be in, each brought about in a tab of its own: while answers are held back, when they
 * are refused at first or only later, when there is nothing, when the browser has no network. Answers are stood in
 * for in the browser, as the gateway gives them; session, live events and all the rest are the running system's.
 */
import assert from "node:assert/strict";
import { picture, sideScroll, violations, watch } from "./browser.mjs";

const FAULT = {
  type: "urn:dealer-dashboard:error:database.away",
  title: "The database cannot be reached.",
  status: 503,
  detail: "The database cannot be reached.",
  code: "database.away",
  request_id: "0a1b2c3d-7",
};

/** What stands in each state's words, by language. */
const WORDS = {
  error: { en: "This could not be loaded", id: "Ini tidak dapat dimuat" },
  undone: { en: "This did not work" },
  advice: { en: "Check that PostgreSQL runs", id: "Pastikan PostgreSQL berjalan" },
  retry: { en: "Try again", id: "Coba lagi" },
  code: { en: `Code ${FAULT.code}`, id: `Kode ${FAULT.code}` },
  request: { en: `Request ${FAULT.request_id}`, id: `Permintaan ${FAULT.request_id}` },
  old: { en: "Shown is the last good picture", id: "Yang tampil adalah data terakhir yang berhasil dibaca" },
  offline: { en: "This browser is offline", id: "Peramban ini sedang luring" },
};

/** Both widths and both schemes; of the main pages each with each, and one in the other language. */
export const VIEWS = [{ width: 1440 }, { width: 360, dark: true }];
const VIEWS_IN = { en: [...VIEWS, { width: 1440, dark: true }, { width: 360 }], id: [VIEWS[1]] };

const FRAME = /\/api\/v1\/(session|events|errors)\b/;

async function answer(page, route) {
  const asked = decodeURIComponent(route.request().url());
  const of = page.way.of ?? /./;
  if (FRAME.test(asked) || !of.test(asked)) {
    return route.continue();
  }
  switch (page.way.answers) {
    case "none":
      return undefined;
    case "fault":
      return route.fulfill({
        status: FAULT.status,
        contentType: "application/problem+json",
        headers: { "X-Request-Id": FAULT.request_id },
        body: JSON.stringify(FAULT),
      });
    case "nothing":
      return route.fulfill({ contentType: "application/json", body: JSON.stringify(page.way.body ?? { items: [] }) });
    default:
      return route.continue();
  }
}

/** A tab that shows `url`; the answers to its questions go the way of `page.way`, which may change. */
export async function openTab(context, url, way, lang) {
  const page = await context.newPage();
  watch(page, url);
  page.lang = lang;
  page.way = way;
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.addInitScript((one) => localStorage.setItem("dealer-dashboard-language", one), lang);
  await page.route(/\/api\/v1\//, (route) => answer(page, route));
  await page.goto(url);
  return page;
}

/** Somebody comes back to the tab after an hour: what it shows is read again. */
async function comeBack(page) {
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
    window.dispatchEvent(new Event("visibilitychange"));
  });
}

async function unplug(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
}

const said = (page, within, word) => within.getByText(WORDS[word][page.lang], { exact: false }).first().waitFor();

async function noticeShown(page, within, title) {
  const notice = within.getByRole("alert").filter({ hasText: WORDS[title][page.lang] });
  for (const word of [title, "advice", "code", "request"]) {
    await said(page, notice.first(), word);
  }
  return notice;
}

/** What was done in a dialog did not work. */
export const undoneShown = (page, dialog) => noticeShown(page, dialog, "undone");

/**
 * How each state comes about, given what the page is (`shown`: what it shows when all is well; `of`: what it asks for
 * its main part; `last`: what it shows once all has come; `part`: what it asks for a part; `none`: how it says that
 * there is nothing), and what it looks like.
 */
const STATES = {
  loading: async (open, row) => {
    const page = await open({ answers: "none", of: row.of });
    await page.locator(".mantine-Skeleton-root").first().waitFor();
    return page;
  },
  error: async (open, row) => {
    const page = await open({ answers: "fault", of: row.of });
    const notice = await noticeShown(page, page, "error");
    await notice.first().getByRole("button", { name: WORDS.retry[page.lang] }).waitFor();
    assert.equal(await page.locator("[data-stale]").count(), 0);
    assert.equal(await notice.count(), 1, "one notice for one fault");
    return page;
  },
  empty: async (open, row) => {
    const page = await open({ answers: "nothing", of: row.of, body: row.body });
    await page.getByText(row.none[page.lang]).first().waitFor();
    return page;
  },
  partial: async (open, row) => {
    const page = await open({ answers: "fault", of: row.part });
    await page.locator(row.shown).first().waitFor();
    await page.getByText(row.partly ?? WORDS.error[page.lang]).first().waitFor();
    return page;
  },
  stale: async (open, row) => {
    const page = await open({});
    await page.locator(row.shown).first().waitFor();
    await page.locator(row.last ?? row.shown).first().waitFor();
    await page.locator('[data-live="on"]').waitFor();
    page.way = { answers: "fault" };
    await comeBack(page);
    const banner = page.locator('[data-stale="part"]');
    for (const word of ["old", "advice", "code", "request"]) {
      await said(page, banner, word);
    }
    await banner.getByRole("button", { name: WORDS.retry[page.lang] }).waitFor();
    assert.equal(await page.locator("[data-stale]").count(), 1);
    assert.equal(await page.getByText(WORDS.error[page.lang]).count(), 0);
    await page.locator(row.shown).first().waitFor();
    return page;
  },
  offline: async (open, row) => {
    const page = await open({});
    await page.locator(row.shown).first().waitFor();
    await page.locator('[data-live="on"]').waitFor();
    // Of the notice itself, which comes a moment after the page.
    const come = () => performance.getEntriesByType("resource").some((one) => one.name.includes("OutageNotice"));
    await page.waitForFunction(come);
    await unplug(page);
    await page.locator('[data-stale="offline"]').getByText(WORDS.offline[page.lang]).waitFor();
    assert.equal(await page.getByText(WORDS.error[page.lang]).count(), 0);
    await page.locator(row.shown).first().waitFor();
    return page;
  },
};

/** Takes a picture of each view; what is wider than the window or against the rules is told, a line each. */
export async function look(page, name, views = VIEWS) {
  const wrong = [];
  for (const view of views) {
    const { width, dark } = view;
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
    await page.setViewportSize({ width, height: 900 });
    await page.waitForTimeout(150); // what follows the window comes to rest
    const ending = [width, dark && "dark", page.lang === "id" && "id"].filter(Boolean).join("-");
    await picture(page, `${name}-${ending}`);
    const wide = await sideScroll(page);
    const found = [wide > 0 && `wider by ${wide} px`, ...(VIEWS.includes(view) ? await violations(page) : [])];
    wrong.push(...found.filter(Boolean).map((text) => `${name}-${ending}: ${text}`));
  }
  return wrong;
}

const EXPECTED = /503|ERR_INTERNET_DISCONNECTED|Failed to load resource/;

/** Tabs at the same time: most of a state is waiting for it, but each tab loads all of the page. */
const TABS = 2;

/** Brings a row's page into one state after another, and looks at each. */
export async function goThrough(browser, origin, application, row) {
  const needs = { empty: row.none, partial: row.part };
  const wanted = (row.main ? ["en", "id"] : ["en"]).flatMap((lang) =>
    Object.keys(STATES)
      .filter((state) => row.states?.includes(state) ?? (!(state in needs) || needs[state]))
      .map((state) => ({ lang, state })),
  );
  const wrong = [];
  const see = async ({ lang, state }) => {
    const context = await browser.again();
    try {
      const page = await STATES[state]((way) => openTab(context, `${origin}/${row.path}`, way, lang), row);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const name = `${application}-${row.name}-${state}`;
      wrong.push(...(await look(page, name, row.main ? VIEWS_IN[lang] : VIEWS)));
      wrong.push(...page.faults.filter((fault) => !EXPECTED.test(fault)).map((fault) => `${name}: ${fault}`));
    } catch (error) {
      wrong.push(`${row.name} ${state} ${lang}: ${error.message}`);
    } finally {
      await context.close();
    }
  };
  const work = async () => {
    for (let next = wanted.shift(); next; next = wanted.shift()) {
      await see(next);
    }
  };
  await Promise.all(Array.from({ length: TABS }, work));
  assert.deepEqual(wrong, []);
}

/*
 * An order for all jobs that match, where it takes a while or is not accepted: the answers are made up here, for a
 * thousand jobs that wait would be in the way of everybody else.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { picture, sideScroll, start, violations } from "./browser.mjs";
import { link, until } from "./system.mjs";

const ID = "0193a5c2-7b1e-7c3d-8f4a-1b2c3d4e5f60";
const NOTHING = { looked_at: 0, accepted: 0, calls: 0, ended: 0, cancelling: 0, stored: 0, pending: 0, lost: 0, gone: 0, made: [] };

let browser;
let page;
/** What the next orders are answered with, and the orders that came. */
let answers = [];
let orders = [];
let progress;
/** How often was asked how far it is. */
let looks = 0;

const json = (body, status = 200) => ({ status, contentType: "application/json", body: JSON.stringify(body) });

async function madeUp(one) {
  await one.route("**/api/v1/jobs/bulk", (route) => {
    const order = route.request().postDataJSON();
    orders.push({ ...order, key: route.request().headers()["idempotency-key"] });
    return route.fulfill(answers.shift());
  });
  await one.route("**/api/v1/jobs/bulk/*", (route) => {
    looks += 1;
    return route.fulfill(progress.code ? json(progress, progress.status) : json(progress));
  });
}

before(async () => {
  browser = await start({ viewport: { width: 1440, height: 900 } });
  page = await browser.open(link("admin"));
  await page.locator("main h1").waitFor();
  await madeUp(page);
});
after(() => browser.close());
afterEach(() => {
  orders = [];
  answers = [];
  assert.deepEqual(page.faults.splice(0), []);
});

const dialog = (of = page) => of.getByRole("dialog");

async function open(of, menu, item) {
  await of.evaluate(() => (window.location.hash = "#/jobs"));
  await of.getByRole("button", { name: menu }).click();
  await of.getByRole("menuitem", { name: item }).click();
}

test("what takes a while shows how far it is, and then what was left out", async () => {
  const planned = { action: "cancel", state: "planned", jobs: 900, ...NOTHING };
  const running = { ...planned, id: ID, state: "running", looked_at: 200, accepted: 200 };
  progress = { ...running, looked_at: 400, accepted: 400 };
  answers = [json(planned), json(running, 202)];
  await open(page, "Bulk actions", /^Cancel open jobs/);
  await dialog().getByText("900 jobs that wait or run are cancelled.", { exact: false }).waitFor();
  await dialog().getByRole("button", { name: "Cancel jobs" }).click();
  await dialog().getByRole("status").getByText("400 of 900 jobs").waitFor();
  await dialog().getByText("it goes on by itself", { exact: false }).waitFor();
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-bulk-running-1440");
  progress = { ...progress, state: "done", looked_at: 900, accepted: 895, ended: 3, cancelling: 2 };
  await dialog().getByText("895 jobs are being cancelled.").waitFor();
  await dialog().getByText("Left out: 3 had ended already, 2 were being cancelled.").waitFor();
  assert.deepEqual([orders[0].dry_run, orders[1].expected, orders[1].dry_run], [true, 900, undefined]);
  assert.ok(orders[1].key, "sent twice it is done once");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
});

test("what cannot be read is said, asked for no more once it is refused, and read again on demand", async () => {
  const planned = { action: "cancel", state: "planned", jobs: 900, ...NOTHING };
  const running = { ...planned, id: ID, state: "running", looked_at: 200, accepted: 200 };
  progress = { code: "record.not_found", title: "", detail: "There is no such order.", status: 404, errors: [], request_id: "5f0d" };
  answers = [json(planned), json(running, 202)];
  await open(page, "Bulk actions", /^Cancel open jobs/);
  await dialog().getByRole("button", { name: "Cancel jobs" }).click();
  await dialog().getByRole("alert").getByText("Code record.not_found").waitFor();
  assert.equal(await dialog().getByText("it goes on by itself", { exact: false }).count(), 0);
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-bulk-unread-1440");
  const before = looks;
  progress = { ...running, state: "done", looked_at: 900, accepted: 897, ended: 3 };
  await dialog().getByRole("button", { name: "Try again" }).click();
  await dialog().getByText("897 jobs are being cancelled.").waitFor();
  assert.equal(looks, before + 1);
  page.faults.splice(0); // the refusal, told by the browser
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
});

test("what was given up says so, and how many had no turn", async () => {
  const planned = { action: "cancel", state: "planned", jobs: 900, ...NOTHING };
  const running = { ...planned, id: ID, state: "running", looked_at: 200, accepted: 200 };
  progress = { ...running, state: "given_up" };
  answers = [json(planned), json(running, 202)];
  await open(page, "Bulk actions", /^Cancel open jobs/);
  await dialog().getByRole("button", { name: "Cancel jobs" }).click();
  await dialog().getByRole("alert").getByText("700 jobs had no turn", { exact: false }).waitFor();
  await dialog().getByText("200 jobs are being cancelled.").waitFor();
  assert.equal(await dialog().getByRole("progressbar").count(), 0);
  assert.deepEqual(await violations(page), []);
  await picture(page, "admin-bulk-given-up-1440");
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
});

test("where other jobs match by now, they are counted again before anything is done", async () => {
  const planned = { action: "cancel", state: "planned", jobs: 2, ...NOTHING };
  const text = "the filter finds 90 jobs by now, 2 were expected";
  const refusal = { code: "job.count_changed", title: "", detail: text, errors: [], request_id: "5f0c" };
  answers = [json(planned), json(refusal, 409), json({ ...planned, jobs: 90 })];
  await open(page, "Bulk actions", /^Cancel open jobs/);
  await dialog().getByRole("button", { name: "Cancel jobs" }).click();
  await dialog().getByText(text).waitFor();
  page.faults.splice(0); // the refusal, told by the browser
  assert.deepEqual(await violations(page), []);
  await dialog().getByText("This did not work").waitFor();
  await dialog().getByRole("button", { name: "Count again" }).click();
  await dialog().locator('[data-bulk="90"]').waitFor();
  await until(() => dialog().getByText(text).count(), (count) => count === 0);
  await dialog().getByRole("button", { name: "Cancel", exact: true }).click();
  await dialog().waitFor({ state: "detached" });
});

test("a phone has it in Indonesian and by night", async () => {
  const other = await start({ viewport: { width: 360, height: 740 }, locale: "id-ID", colorScheme: "dark" });
  try {
    const phone = await other.open(link("admin"));
    await phone.locator("main h1").waitFor();
    await madeUp(phone);
    const planned = { action: "rerun", state: "planned", jobs: 12, ...NOTHING, calls: 34, stored: 3, pending: 1 };
    answers = [json(planned), json({ ...planned, id: ID, state: "done", looked_at: 12, calls: 0, stored: 37, pending: 1 }, 202)];
    await open(phone, "Tindakan massal", /^Jalankan lagi/);
    await dialog(phone).getByText("34 panggilan gagal akan dijalankan lagi.").waitFor();
    await dialog(phone).getByText("Dilewati: 3 sudah tersimpan, 1 akan segera diambil.").waitFor();
    assert.equal(await sideScroll(phone), 0);
    assert.deepEqual(await violations(phone), []);
    await picture(phone, "admin-bulk-360");
    await dialog(phone).getByRole("button", { name: "Jalankan lagi" }).click();
    await dialog(phone).getByText("37 sudah tersimpan", { exact: false }).waitFor();
    assert.deepEqual(await violations(phone), []);
    assert.deepEqual(phone.faults, []);
  } finally {
    await other.close();
  }
});

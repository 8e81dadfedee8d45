/*
 * Both applications on one domain by TLS: the nginx of deploy/nginx before the running system. The
 * pages sign in, draw, and hear live events below their base paths.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { showDealer, start } from "./browser.mjs";
import { link, until } from "./system.mjs";

let browser;
let nginx;
let origin;
const folder = mkdtempSync("/tmp/dd-nginx-");

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function configure(plain, tls) {
  const [pem, key] = [`${folder}/localhost.pem`, `${folder}/localhost.key`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
  execFileSync("openssl", ["req", "-x509", ...curve, "-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", pem], {
    stdio: "ignore",
  });
  const env = { ...process.env, DD_NGINX_LISTEN: "127.0.0.1", DD_NGINX_HTTP: plain, DD_NGINX_HTTPS: tls };
  const site = execFileSync("deploy/nginx/configure", ["localhost", pem, key], { env, encoding: "utf8" });
  writeFileSync(`${folder}/dashboard.conf`, site);
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`);
  writeFileSync(
    `${folder}/nginx.conf`,
    `daemon off; pid ${folder}/pid; error_log stderr error; ${process.getuid() === 0 ? "user root;" : ""}
    worker_processes 1; events { worker_connections 256; }
    http { access_log off; ${places.join(" ")} include ${folder}/dashboard.conf; }`,
  );
}

before(async () => {
  const [plain, tls] = [await freePort(), await freePort()];
  configure(plain, tls);
  origin = `https://localhost:${tls}`;
  nginx = spawn("/usr/sbin/nginx", ["-e", "stderr", "-c", `${folder}/nginx.conf`], { stdio: ["ignore", "ignore", "inherit"] });
  const answers = () => fetch(`http://127.0.0.1:${plain}/`, { redirect: "manual" }).catch(() => undefined);
  await until(answers, (answer) => answer?.status === 308);
  browser = await start({ ignoreHTTPSErrors: true });
});

after(async () => {
  await browser?.close();
  if (nginx?.kill()) {
    await once(nginx, "exit");
  }
  rmSync(folder, { recursive: true });
});

/** The page of a face, signed in by a link whose place is the domain instead of the port. */
function open(face) {
  return browser.open(`${origin}/${face}/${new URL(link(face)).hash}`);
}

test("the dashboard works below /analytics/", async () => {
  const page = await open("analytics");
  await showDealer(page, "12284");
  await page.locator('[data-live="on"]').waitFor();
  assert.deepEqual(page.faults, []);
  await page.close();
});

test("the admin panel works below /admin/", async () => {
  const page = await open("admin");
  await page.getByRole("heading", { name: "Dealers" }).waitFor();
  await page.getByText("12284").first().waitFor();
  const cookies = await browser.context.cookies(`${origin}/admin/`);
  assert.deepEqual(
    cookies.filter((cookie) => cookie.name.startsWith("dd_admin_")).map(({ path, secure }) => [path, secure]),
    [["/admin/", true]],
  );
  assert.deepEqual(page.faults, []);
  await page.close();
});

test("the documentation works on the domain", async () => {
  const page = await browser.open(`${origin}/docs/`);
  await page.getByText("Dealer Dashboard").first().waitFor();
  assert.deepEqual(page.faults, []);
  await page.close();
});

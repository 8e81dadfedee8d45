/*
 * The running system under test, as endpoints.json of deploy/up describes it ($DD_ENDPOINTS): its
 * addresses, one-time links, and calls to its REST API with the administrator's key.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export const endpoints = JSON.parse(readFileSync(process.env.DD_ENDPOINTS));
export const key = readFileSync(endpoints.admin_key_file, "utf8").trim();

/** A sign-in link for `analytics` or `admin`; it works once. */
export function link(page) {
  return execFileSync("deploy/ddctl", ["link", page], { encoding: "utf8" }).trim();
}

/** A call to /api/v1: the answer's body; anything but success is an error. */
export async function api(path, body = undefined, method = body ? "POST" : "GET") {
  const answer = await fetch(`${endpoints.api}/api/v1/${path}`, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  }
  return text ? JSON.parse(text) : undefined;
}

/** A call to the simulator's control API: the answer's body. */
async function simulator(path, body, method = "POST") {
  const answer = await fetch(`${endpoints.sim}/_sim/${path}`, { method, body: body && JSON.stringify(body) });
  if (!answer.ok) {
    throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
  return answer.json();
}

/**
 * Lets the next calls that fit suffer a fault of the simulator. Other files' calls go through the same simulator at
 * the same time, so a fault names whom it is for: a dealer's code upstream that nobody else has, or days.
 */
export const spoil = (fault) => simulator("fault", fault);

/** Runs `what` while all calls that fit suffer a fault. */
export async function spoiled(fault, what) {
  const { id } = await spoil({ times: -1, ...fault });
  try {
    return await what();
  } finally {
    await simulator(`fault?id=${id}`, undefined, "DELETE");
  }
}

/** Asks again and again until `wanted` is true of the answer; gives that answer. */
export async function until(ask, wanted, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) {
      return answer;
    }
    if (Date.now() > end) {
      throw new Error(`still not after ${seconds} s: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The day `back` days before today at the upstream. */
export function dayBack(back) {
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Jakarta" }).format(new Date());
  return new Date(Date.parse(today) - back * 86_400_000).toISOString().slice(0, 10);
}

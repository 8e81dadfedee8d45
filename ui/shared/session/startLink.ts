/*
 * The one-time sign-in link, `#/start?token=...`: the token leaves the address bar and the history
 * before anything else happens, and is kept here until the session is asked for.
 */
const START = /^#\/start\/?\?(.*)$/;

/** The token in a hash of the form `#/start?token=...`, or undefined. */
export function tokenOf(hash: string): string | undefined {
  const match = START.exec(hash);
  return match ? (new URLSearchParams(match[1]).get("token") ?? undefined) : undefined;
}

let pending: string | undefined;

/** Moves a token from the URL into memory; true when there was one. */
export function catchStartLink(): boolean {
  const token = tokenOf(window.location.hash);
  if (token === undefined) {
    return false;
  }
  pending = token;
  window.history.replaceState(null, "", "#/");
  return true;
}

/** The caught token, once. */
export function takeToken(): string | undefined {
  const token = pending;
  pending = undefined;
  return token;
}

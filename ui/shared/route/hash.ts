/*
 * Routes in the hash of the URL: `#/jobs/42?state=failed` is the path `/jobs/42` with parameters.
 * The server sees none of it, so that the pages work under any base path. Pure.
 */
export interface Route {
  path: string;
  params: URLSearchParams;
}

export function parseHash(hash: string): Route {
  const text = hash.replace(/^#/, "");
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  const clean = `/${path.replace(/^\/+|\/+$/g, "")}`;
  return { path: clean, params: new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)) };
}

export function buildHash(path: string, params?: URLSearchParams): string {
  const search = params?.toString();
  return search ? `#${path}?${search}` : `#${path}`;
}

/** The parts of a path: "/jobs/42" -> ["jobs", "42"]. */
export function pathParts(path: string): string[] {
  return path.split("/").filter(Boolean).map(decodePart);
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

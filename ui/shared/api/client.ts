/*
 * Calls to the REST API. URLs are relative to the document, so that the pages work under any base
 * path; the session cookie is of the same origin. Every failure becomes an ApiError that carries
 * the problem document of the gateway, or says that no answer came at all (status 0).
 */
import type { Body, FieldError, Method, PathOf, Query, Reply } from "./types";

const TIMEOUT_MS = 20_000;

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: FieldError[];
  readonly requestId: string | undefined;

  constructor(status: number, code: string, text: string, fields: FieldError[], request?: string) {
    super(text);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.requestId = request;
  }
}

type Scalar = string | number | boolean;
type PathValues = Record<string, Scalar>;
/** A list goes over with commas between its items; [""] is an empty value, which else is left out. */
type QueryValues = Record<string, Scalar | readonly Scalar[] | null | undefined>;

/** Puts path and query values into a route of the contract; the result is relative. */
export function fillRoute(route: string, path: PathValues = {}, query: QueryValues = {}): string {
  const filled = route
    .replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name] ?? "")))
    .replace(/^\//, "");
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") {
      search.set(name, String(value));
    }
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

export function absolute(relative: string): string {
  return new URL(relative, document.baseURI).toString();
}

/** Reads a problem document; an answer that is none (a proxy's HTML, say) keeps its status. */
export function problemToError(status: number, body: unknown): ApiError {
  const doc = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const text = (key: string) => (typeof doc[key] === "string" ? (doc[key] as string) : undefined);
  const fields = Array.isArray(doc["errors"]) ? (doc["errors"] as FieldError[]) : [];
  const say = text("detail") ?? text("title") ?? `HTTP ${status}`;
  return new ApiError(status, text("code") ?? `http.${status}`, say, fields, text("request_id"));
}

interface CallOptions {
  path?: PathValues;
  query?: QueryValues;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
  asked?: Promise<Response> | undefined;
}

/** What the caller did wrong stays wrong; what the server did may pass. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof ApiError && error.status >= 400 && error.status < 500);
}

async function call(method: Method, route: string, options: CallOptions): Promise<unknown> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const init: RequestInit = {
    method: method.toUpperCase(),
    credentials: "same-origin",
    headers: { Accept: "application/json", ...options.headers },
    signal: options.signal ? AbortSignal.any([options.signal, limit]) : limit,
  };
  if (options.body !== undefined) {
    init.headers = { ...init.headers, "Content-Type": "application/json" };
    init.body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await (options.asked ?? fetch(absolute(fillRoute(route, options.path, options.query)), init));
  } catch (cause) {
    if (options.signal?.aborted) {
      throw cause;
    }
    const late = limit.aborted || (cause instanceof DOMException && cause.name === "TimeoutError");
    throw new ApiError(0, late ? "page.timeout" : "page.offline", String(cause), []);
  }
  const text = await response.text();
  let body: unknown;
  try {
    body = text ? JSON.parse(text) : undefined;
  } catch {
    body = undefined;
  }
  if (!response.ok) {
    throw problemToError(response.status, body);
  }
  return body;
}

interface Options<P, M extends Method> {
  path?: PathValues;
  query?: P extends PathOf<M> ? Query<P, M> : never;
  signal?: AbortSignal;
  /** The answer of the same call, if it was made before. */
  asked?: Promise<Response> | undefined;
}

export async function apiGet<P extends PathOf<"get">>(
  route: P,
  options: Options<P, "get"> = {},
): Promise<Reply<P, "get">> {
  return (await call("get", route, options as CallOptions)) as Reply<P, "get">;
}

export async function apiPost<P extends PathOf<"post">>(
  route: P,
  body: Body<P, "post">,
  path: PathValues = {},
  more: { headers?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Reply<P, "post">> {
  return (await call("post", route, { path, body, ...more })) as Reply<P, "post">;
}

export async function apiPatch<P extends PathOf<"patch">>(
  route: P,
  path: PathValues,
  body: Body<P, "patch">,
  more: { headers?: Record<string, string> } = {},
): Promise<Reply<P, "patch">> {
  return (await call("patch", route, { path, body, ...more })) as Reply<P, "patch">;
}

export async function apiPut<P extends PathOf<"put">>(
  route: P,
  path: PathValues,
  body: Body<P, "put">,
  more: { headers?: Record<string, string> } = {},
): Promise<Reply<P, "put">> {
  return (await call("put", route, { path, body, ...more })) as Reply<P, "put">;
}

export async function apiDelete<P extends PathOf<"delete">>(
  route: P,
  path: PathValues = {},
  query: QueryValues = {},
): Promise<void> {
  await call("delete", route, { path, query });
}

/*
 * Who is signed in. `null` means nobody: the gate then shows the sign-in page. Sign-in is by login and
 * password, by a one-time link or by an admin key.
 */
import { useMutation, useQuery, useQueryClient, type Query, type QueryClient } from "@tanstack/react-query";
import { ApiError, apiDelete, apiGet, apiPost } from "../api/client";
import type { Session } from "../api/types";
import { takeToken } from "./startLink";

export const SESSION_KEY = ["session"];

export interface SessionAnswer {
  session: Session | null;
  /** Why the one-time link did not work. */
  refusal?: ApiError;
}

function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status >= 400 && error.status < 500;
}

declare global {
  interface Window {
    /** Asked before the page's script was there (public/early.js). */
    earlySession?: Promise<Response> | undefined;
  }
}

function takeEarly(): Promise<Response> | undefined {
  const early = window.earlySession;
  window.earlySession = undefined;
  return early;
}

/** Whose eyes a page is for: nobody's is "". */
function whoOf(session: Session | null | undefined): string {
  return session ? [session.principal, session.role, ...(session.dealers ?? [])].join(" ") : "";
}

async function askSession(signal: AbortSignal): Promise<SessionAnswer> {
  let refusal: ApiError | undefined;
  const token = takeToken();
  if (token !== undefined) {
    try {
      await apiPost("/api/v1/session", { token });
    } catch (error) {
      if (!isRefusal(error)) {
        throw error;
      }
      refusal = error;
    }
  }
  try {
    return { session: await apiGet("/api/v1/session", { signal, asked: takeEarly() }) };
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      return refusal ? { session: null, refusal } : { session: null };
    }
    throw error;
  }
}

const isOther = (query: Query) => query.queryKey[0] !== SESSION_KEY[0];

/** What was read for somebody else, who left in another tab, is not shown to whoever came. */
async function readSession(client: QueryClient, signal: AbortSignal): Promise<SessionAnswer> {
  const before = client.getQueryData<SessionAnswer>(SESSION_KEY);
  const answer = await askSession(signal);
  if (before && whoOf(before.session) !== whoOf(answer.session)) {
    client.removeQueries({ predicate: isOther });
  }
  return answer;
}

export function useSession() {
  return useQuery({
    queryKey: SESSION_KEY,
    queryFn: ({ client, signal }) => readSession(client, signal),
    staleTime: 60_000,
    retry: 1,
  });
}

export function useWho(): string {
  return whoOf(useSession().data?.session);
}

/** Drops everything that was read under the session that just ended. */
export function forgetSession(client: QueryClient): void {
  client.setQueryData<SessionAnswer>(SESSION_KEY, { session: null });
  client.removeQueries({ predicate: isOther });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (proof: { key: string } | { login: string; password: string }) =>
      apiPost("/api/v1/session", proof),
    meta: { signIn: true },
    onSuccess: () => client.invalidateQueries({ queryKey: SESSION_KEY }),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => apiDelete("/api/v1/session"),
    onSettled: () => forgetSession(client),
  });
}

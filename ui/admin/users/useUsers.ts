/*
 * Queries and changes of users. There are few: all are read, and searched in the page.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { apiDelete, apiGet, apiPatch, apiPost } from "@shared/api/client";
import type { User, UserChange, UserInput } from "@shared/api/types";

const PER_PAGE = 200;
const MOST_PAGES = 25;
const KEY = ["users"];

async function readAll(signal: AbortSignal): Promise<User[]> {
  const users: User[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const found = await apiGet("/api/v1/users", { query: { limit: PER_PAGE, cursor }, signal });
    users.push(...found.items);
    cursor = found.next || undefined;
    if (cursor === undefined) {
      break;
    }
  }
  return users;
}

export function useUsers() {
  return useQuery({ queryKey: KEY, queryFn: ({ signal }) => readAll(signal) });
}

function useUserChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useAddUser() {
  return useUserChange((input: UserInput) => apiPost("/api/v1/users", input));
}

export function useChangeUser() {
  return useUserChange(({ login, change }: { login: string; change: UserChange }) =>
    apiPatch("/api/v1/users/{login}", { login }, change),
  );
}

export function useUnlockUser() {
  return useUserChange((login: string) => apiPost("/api/v1/users/{login}/unlock", {}, { login }));
}

export function useSignOutUser() {
  return useUserChange((login: string) => apiDelete("/api/v1/users/{login}/sessions", { login }));
}

/** A link is a secret: it stays in the dialog that asked for it and in no cache. */
export function useMakeLink() {
  return useMutation({
    mutationFn: (login: string) => apiPost("/api/v1/users/{login}/link", {}, { login }),
    gcTime: 0,
  });
}

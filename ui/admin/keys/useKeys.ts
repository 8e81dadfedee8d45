/*
 * Queries and changes of API keys. A whole key stands in the one answer that makes it, and in no cache.
 */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { apiDelete, apiGet, apiPost } from "@shared/api/client";
import type { ApiKeyInput } from "@shared/api/types";

const PER_PAGE = 50;
const KEY = ["keys"];

export function useKeys() {
  return useInfiniteQuery({
    queryKey: KEY,
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/keys", { query: { limit: PER_PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
  });
}

function useKeyChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
    gcTime: 0,
  });
}

export function useCreateKey() {
  return useKeyChange((input: ApiKeyInput) => apiPost("/api/v1/keys", input));
}

export function useRotateKey() {
  return useKeyChange(({ id, hours }: { id: string; hours: number }) =>
    apiPost("/api/v1/keys/{id}/rotate", { overlap_hours: hours }, { id }),
  );
}

export function useRevokeKey() {
  return useKeyChange((id: string) => apiDelete("/api/v1/keys/{id}", { id }));
}

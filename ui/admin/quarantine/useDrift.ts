/*
 * Fields of upstreams that came, went or changed their type.
 */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { apiGet, apiPost } from "@shared/api/client";
import type { Body, Drift } from "@shared/api/types";

const PER_PAGE = 100;
const KEY = ["drift"];

export function useDrift(kind: Drift["kind"] | undefined, acknowledged: boolean | undefined) {
  return useInfiniteQuery({
    queryKey: [...KEY, kind, acknowledged],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/drift", {
        query: { kind, acknowledged, limit: PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (last) => last,
  });
}

export function useAcknowledge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (which: Body<"/api/v1/drift/acknowledge", "post">) =>
      apiPost("/api/v1/drift/acknowledge", which),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/*
 * Queries and changes of upstreams, their state, the feeds, and the business settings.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { apiGet, apiPatch, apiPost, apiPut } from "@shared/api/client";
import type { FeedChange, FeedPolicy, UpstreamChange } from "@shared/api/types";

const STATE_POLL_MS = 5_000;

export function useUpstreamState(name: string, wanted: boolean) {
  return useQuery({
    queryKey: ["upstreams", "state", name],
    queryFn: ({ signal }) => apiGet("/api/v1/upstreams/{name}/state", { path: { name }, signal }),
    enabled: wanted,
    refetchInterval: STATE_POLL_MS,
  });
}

function useChangeOf<V, R>(key: string, mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: () => client.invalidateQueries({ queryKey: [key] }),
  });
}

export function useSaveUpstream() {
  return useChangeOf("upstreams", ({ name, change }: { name: string; change: UpstreamChange }) =>
    apiPut("/api/v1/upstreams/{name}", { name }, change),
  );
}

export function useResetUpstream() {
  return useChangeOf("upstreams", (name: string) =>
    apiPost("/api/v1/upstreams/{name}/reset", {}, { name }),
  );
}

export function useUnflag() {
  return useChangeOf("upstreams", (id: number) =>
    apiPost("/api/v1/credentials/{credential_id}/unflag", {}, { credential_id: id }),
  );
}

/** Only while the feed is as it was read: who changes it at the same time does so knowingly. */
export function useSaveFeed() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ feed, change }: { feed: FeedPolicy; change: FeedChange }) =>
      apiPatch("/api/v1/feeds/{feed}", { feed: feed.feed }, change, {
        headers: feed.etag ? { "If-Match": `"${feed.etag}"` } : {},
      }),
    onSettled: () => client.invalidateQueries({ queryKey: ["feeds"] }),
  });
}

export function useSettings() {
  return useQuery({
    queryKey: ["settings"],
    queryFn: ({ signal }) => apiGet("/api/v1/settings", { signal }),
  });
}

export function useSaveSetting() {
  return useChangeOf("settings", ({ name, value }: { name: string; value: number }) =>
    apiPut("/api/v1/settings/{name}", { name }, { value }),
  );
}

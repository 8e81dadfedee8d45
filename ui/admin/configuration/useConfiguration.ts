/*
 * Queries and changes of upstreams, their state, the feeds, and the business settings.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, apiGet, apiPatch, apiPost, apiPut } from "@shared/api/client";
import type { FeedChange, FeedPolicy, UpstreamChange } from "@shared/api/types";

const STATE_POLL_MS = 5_000;

/** Only while it is as it was read: nobody writes over what somebody else has changed meanwhile. */
const ifMatch = (etag: string | undefined): Record<string, string> => (etag ? { "If-Match": `"${etag}"` } : {});

export function useUpstreamState(name: string, wanted: boolean) {
  return useQuery({
    queryKey: ["upstreams", "state", name],
    queryFn: ({ signal }) => apiGet("/api/v1/upstreams/{name}/state", { path: { name }, signal }),
    enabled: wanted,
    refetchInterval: STATE_POLL_MS,
  });
}

export const isStale = (error: unknown) => error instanceof ApiError && error.code === "record.changed";

/** Read again after a refusal, too: it may be that somebody else has changed it. */
function useChangeOf<V, R>(key: string, mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn,
    onSettled: () => client.invalidateQueries({ queryKey: [key] }),
  });
}

interface UpstreamOrder {
  name: string;
  change: UpstreamChange;
  /** Of the one that is changed. */
  etag: string | undefined;
}

export function useSaveUpstream() {
  return useChangeOf("upstreams", ({ name, change, etag }: UpstreamOrder) =>
    apiPut("/api/v1/upstreams/{name}", { name }, change, { headers: ifMatch(etag) }),
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

export function useSaveFeed() {
  return useChangeOf("feeds", ({ feed, change }: { feed: FeedPolicy; change: FeedChange }) =>
    apiPatch("/api/v1/feeds/{feed}", { feed: feed.feed }, change, { headers: ifMatch(feed.etag) }),
  );
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

/*
 * Queries and changes of dealers and upstreams.
 */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { apiGet, apiPatch, apiPost } from "@shared/api/client";
import type { Dealer, DealerChange, DealerInput } from "@shared/api/types";
import { useRefreshOn, type LiveData } from "@shared/live/LiveProvider";

const PER_PAGE = 50;
const ALL = 1000;

function hasEnded(job: LiveData): boolean {
  return job["state"] !== "queued" && job["state"] !== "running";
}

export type DealerOrder = "code" | "failed";

interface DealerFilter {
  q: string;
  active: boolean | undefined;
  /** Only those whose last call failed. */
  failing: boolean;
  order: DealerOrder;
}

export function useDealerPages({ q, active, failing, order }: DealerFilter) {
  useRefreshOn("dealer.changed", () => [["dealers"]]);
  // A job that ends brings a last error, or takes one away.
  useRefreshOn("job.changed", (data) => (hasEnded(data) ? [["dealers", "page"]] : []));
  return useInfiniteQuery({
    queryKey: ["dealers", "page", q, active, failing, order],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/dealers", {
        query: { q, active, failing: failing || undefined, order, limit: PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (last) => last,
  });
}

/** Every dealer, for choosing and for naming them. */
export function useAllDealers() {
  useRefreshOn("dealer.changed", () => [["dealers"]]);
  const query = useQuery({
    queryKey: ["dealers", "all"],
    queryFn: ({ signal }) => apiGet("/api/v1/dealers", { query: { limit: ALL }, signal }),
  });
  const items = query.data?.items;
  const byCode = useMemo(
    () => new Map((items ?? []).map((dealer) => [dealer.dealer_id, dealer])),
    [items],
  );
  return { dealers: items ?? [], byCode, query };
}

export function useUpstreams() {
  return useQuery({
    queryKey: ["upstreams"],
    queryFn: ({ signal }) => apiGet("/api/v1/upstreams", { signal }),
    staleTime: 60_000,
  });
}

export function useSaveDealer(known: Dealer | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: DealerInput) => {
      if (!known) {
        return apiPost("/api/v1/dealers", input);
      }
      const { dealer_id: code, ...change } = input;
      return apiPatch("/api/v1/dealers/{dealer_id}", { dealer_id: code }, change);
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["dealers"] }),
  });
}

export function useChangeDealer() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ code, change }: { code: string; change: DealerChange }) =>
      apiPatch("/api/v1/dealers/{dealer_id}", { dealer_id: code }, change),
    onSuccess: () => client.invalidateQueries({ queryKey: ["dealers"] }),
  });
}

/** One live call; nothing that is shown changes by it. */
export function useTestDealer() {
  return useMutation({
    mutationFn: ({ code, lang }: { code: string; lang: "en" | "id" }) =>
      apiPost("/api/v1/dealers/{dealer_id}/test", { lang }, { dealer_id: code }),
  });
}

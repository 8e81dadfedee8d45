/*
 * Records set aside: counted by reason, listed, told whole, stored anew, dismissed.
 */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { apiGet, apiPost } from "@shared/api/client";
import { ONCE } from "@shared/api/once";
import type { Body } from "@shared/api/types";
import { useRefreshOn } from "@shared/live/LiveProvider";
import type { QuarantineFilter } from "./quarantineFilter";

const PER_PAGE = 50;
const REREAD_MS = 2_000;
const KEY = ["quarantine"];

export type Reach = Body<"/api/v1/quarantine/replay", "post">;
export type Dismissal = Body<"/api/v1/quarantine/dismiss", "post">;

export function useQuarantineCounts(dealer: string | undefined) {
  return useQuery({
    queryKey: [...KEY, "counts", dealer],
    queryFn: ({ signal }) =>
      apiGet("/api/v1/quarantine/summary", { query: { dealer_id: dealer }, signal }),
  });
}

export function useQuarantineRecords(filter: QuarantineFilter) {
  useRefreshOn("job.changed", () => [KEY], REREAD_MS);
  return useInfiniteQuery({
    queryKey: [...KEY, "list", filter],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/quarantine", {
        query: { ...filter, limit: PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (last) => last,
  });
}

/** Values are masked unless a reason is given; the server notes who asked and why. */
export function useQuarantineRecord(id: number | undefined, reason: string | undefined) {
  return useQuery({
    queryKey: [...KEY, "one", id, reason],
    queryFn: ({ signal }) =>
      apiGet("/api/v1/quarantine/{id}", {
        path: { id: id ?? 0 },
        query: reason ? { reveal: true, reason } : {},
        signal,
      }),
    enabled: id !== undefined,
    ...(reason ? ONCE : { staleTime: Infinity, gcTime: 0 }),
  });
}

export function useReplay() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reach: Reach) => apiPost("/api/v1/quarantine/replay", reach),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export function useDismiss() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (dismissal: Dismissal) => apiPost("/api/v1/quarantine/dismiss", dismissal),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

/*
 * Queries and changes of schedules and freshness targets.
 */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { apiDelete, apiGet, apiPatch, apiPost, apiPut } from "@shared/api/client";
import type { Schedule, ScheduleInput } from "@shared/api/types";
import { useRefreshOn } from "@shared/live/LiveProvider";

const PER_PAGE = 50;
const TICKS_PER_PAGE = 30;
const REREAD_MS = 2_000;

export function useScheduleEvents(): void {
  useRefreshOn("schedule.changed", () => [["schedules"]], REREAD_MS);
  useRefreshOn("freshness.late", () => [["freshness"]], REREAD_MS);
}

export function useSchedules(dealer: string | undefined, active: boolean | undefined) {
  return useInfiniteQuery({
    queryKey: ["schedules", "list", dealer, active],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/schedules", {
        query: { dealer_id: dealer, active, limit: PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (last) => last,
    refetchInterval: 60_000,
  });
}

/** One schedule; `wanted` is false once it is no longer looked at: it may be gone by then. */
export function useSchedule(id: string | undefined, wanted: boolean) {
  return useQuery({
    queryKey: ["schedules", "one", id],
    queryFn: ({ signal }) => apiGet("/api/v1/schedules/{id}", { path: { id: id ?? "" }, signal }),
    enabled: wanted && id !== undefined,
  });
}

export function useTicks(id: number) {
  return useInfiniteQuery({
    queryKey: ["schedules", "ticks", id],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/schedules/{schedule_id}/ticks", {
        path: { schedule_id: id },
        query: { limit: TICKS_PER_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
  });
}

/** When an expression would run; a wrong one is an error that tells the place. */
export function usePreview(cron: string | undefined, zone: string) {
  return useQuery({
    queryKey: ["preview", cron, zone],
    queryFn: () => apiPost("/api/v1/schedules/preview", { cron: cron ?? "", zone }),
    enabled: cron !== undefined,
    retry: false,
    staleTime: 30_000,
  });
}

export function useSaveSchedule(known: Schedule | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: ScheduleInput) =>
      known
        ? // What the form leaves empty is emptied.
          apiPatch("/api/v1/schedules/{id}", { id: known.id }, { overlap_hours: null, ...input })
        : apiPost("/api/v1/schedules", input),
    onSuccess: () => client.invalidateQueries({ queryKey: ["schedules"] }),
  });
}

export function useRunSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => apiPost("/api/v1/schedules/{id}/run", {}, { id }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["schedules"] }),
        client.invalidateQueries({ queryKey: ["jobs"] }),
      ]),
  });
}

/** Pauses an active one, resumes a paused one. */
export function useSwitchSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, active }: Schedule) =>
      active
        ? apiPost("/api/v1/schedules/{id}/pause", {}, { id })
        : apiPost("/api/v1/schedules/{id}/resume", {}, { id }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["schedules"] }),
  });
}

export function useDeleteSchedule() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => apiDelete("/api/v1/schedules/{id}", { id }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["schedules"] }),
  });
}

export function useFreshness() {
  return useQuery({
    queryKey: ["freshness"],
    queryFn: ({ signal }) => apiGet("/api/v1/freshness", { query: { limit: 1000 }, signal }),
    refetchInterval: 30_000,
  });
}

export interface FreshnessInput {
  dealer: string;
  feed: string;
  minutes: number;
  active: boolean;
}

export function useSetFreshness() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ dealer, ...input }: FreshnessInput) =>
      apiPut("/api/v1/dealers/{dealer_id}/freshness", { dealer_id: dealer }, input),
    onSuccess: () => client.invalidateQueries({ queryKey: ["freshness"] }),
  });
}

export function useClearFreshness() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ dealer, feed }: { dealer: string; feed: string }) =>
      apiDelete("/api/v1/dealers/{dealer_id}/freshness", { dealer_id: dealer }, { feed }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["freshness"] }),
  });
}

/*
 * What depends on a dealer's being active: open jobs, schedules that name it, its freshness target. And the
 * targets of all dealers, for the list.
 */
import { useQuery } from "@tanstack/react-query";
import { apiGet } from "@shared/api/client";
import type { Freshness } from "@shared/api/types";
import { useRefreshOn } from "@shared/live/LiveProvider";
import { useMay } from "@shared/session/useMay";

const MANY = 100;
const ALL = 1000;

export interface Stops {
  /** Open jobs, and whether there are more than could be counted. */
  jobs: number;
  moreJobs: boolean;
  schedules: string[];
  freshness: Freshness[];
}

export function useStops(code: string | undefined) {
  const may = useMay();
  const schedules = may("operator");
  return useQuery({
    queryKey: ["stops", code, schedules],
    queryFn: async ({ signal }): Promise<Stops> => {
      const dealer = code ?? "";
      const query = { dealer_id: dealer };
      const [jobs, named, targets] = await Promise.all([
        apiGet("/api/v1/jobs", {
          query: { ...query, state: ["queued", "running"], limit: MANY },
          signal,
        }),
        schedules ? apiGet("/api/v1/schedules", { query: { ...query, active: true }, signal }) : undefined,
        apiGet("/api/v1/freshness", { query, signal }),
      ]);
      return {
        jobs: jobs.items.length,
        moreJobs: Boolean(jobs.next),
        schedules: (named?.items ?? []).map((schedule) => schedule.name),
        freshness: targets.items.filter((target) => target.active),
      };
    },
    enabled: code !== undefined,
    staleTime: 0,
  });
}

/** The targets by dealer. */
export function useFreshnessByDealer(): Map<string, Freshness> {
  useRefreshOn("data.changed", () => [["freshness", "all"]], 5_000);
  const query = useQuery({
    queryKey: ["freshness", "all"],
    queryFn: ({ signal }) => apiGet("/api/v1/freshness", { query: { limit: ALL }, signal }),
    refetchInterval: 60_000,
  });
  return new Map((query.data?.items ?? []).map((target) => [target.dealer_id, target]));
}

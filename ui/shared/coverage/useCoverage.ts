/*
 * The covered days of one dealer and feed in a range: read when its row is first seen, and again
 * when data of the dealer were stored.
 */
import { useQuery } from "@tanstack/react-query";
import { apiGet } from "../api/client";
import { useRefreshOn } from "../live/LiveProvider";

const REREAD_MS = 5_000;

export function useCoverageEvents(): void {
  useRefreshOn("data.changed", (data) => [["coverage", data["dealer_id"]]], REREAD_MS);
}

interface Range {
  from: string;
  to: string;
}

export function useCoverage(dealer: string, feed: string, { from, to }: Range, seen: boolean) {
  return useQuery({
    queryKey: ["coverage", dealer, feed, from, to],
    queryFn: async ({ signal }) => {
      const page = await apiGet("/api/v1/coverage", {
        query: { dealer_id: dealer, feed, from, to },
        signal,
      });
      return page.items[0]?.days ?? [];
    },
    enabled: seen,
    // Who was on another page, with a job that fetches a hole, heard nothing here.
    staleTime: 0,
    placeholderData: (last) => last?.filter((one) => one.day >= from && one.day <= to),
  });
}

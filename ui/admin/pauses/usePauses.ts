/*
 * What is paused, and how to pause and resume. An event tells when somebody does; who may see some dealers alone
 * hears of those, and reads now and then what stops all.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { apiDelete, apiGet, apiPost } from "@shared/api/client";
import type { Pause, PauseInput } from "@shared/api/types";
import { useRefreshOn } from "@shared/live/LiveProvider";
import { useRights } from "@shared/session/useMay";

const POLL_MS = 15_000;
/** What a pause shows in: the pauses, and why a job waits. */
const KEYS = [["pauses"], ["jobs", "one"], ["jobs", "open"], ["jobs", "history"]];

export function usePauses() {
  const { operate } = useRights();
  useRefreshOn("pause.changed", () => KEYS);
  return useQuery({
    queryKey: ["pauses"],
    queryFn: ({ signal }) => apiGet("/api/v1/pauses", { signal }),
    enabled: operate,
    refetchInterval: POLL_MS,
  });
}

function useChanged() {
  const client = useQueryClient();
  return () => Promise.all(KEYS.map((queryKey) => client.invalidateQueries({ queryKey })));
}

export function usePause() {
  const changed = useChanged();
  return useMutation({
    mutationFn: (input: PauseInput) => apiPost("/api/v1/pauses", input),
    onSuccess: changed,
  });
}

export function useResume() {
  const changed = useChanged();
  return useMutation({
    mutationFn: ({ scope, target }: Pick<Pause, "scope" | "target">) =>
      apiDelete("/api/v1/pauses", {}, { scope, target }),
    onSuccess: changed,
  });
}

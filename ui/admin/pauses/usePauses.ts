/*
 * What is paused, and how to pause and resume. There is no event for it: it is read now and then.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { apiDelete, apiGet, apiPost } from "@shared/api/client";
import type { Pause, PauseInput } from "@shared/api/types";
import { useRights } from "@shared/session/useMay";

const POLL_MS = 15_000;

export function usePauses() {
  const { operate, whole } = useRights();
  return useQuery({
    queryKey: ["pauses"],
    queryFn: ({ signal }) => apiGet("/api/v1/pauses", { signal }),
    enabled: operate && whole,
    refetchInterval: POLL_MS,
  });
}

function useChanged() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ["pauses"] }),
      client.invalidateQueries({ queryKey: ["jobs", "one"] }),
    ]);
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

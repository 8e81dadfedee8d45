/*
 * What the system is made of: its processes, what they keep data in, and whether each answers.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { apiGet, apiPost } from "@shared/api/client";
import type { Storage } from "@shared/api/types";

const POLL_MS = 5_000;
const STORAGE_POLL_MS = 15_000;
const STORAGE_KEY = ["storage"];

export function useProcesses() {
  return useQuery({
    queryKey: ["services"],
    queryFn: ({ signal }) => apiGet("/api/v1/services", { signal }),
    refetchInterval: POLL_MS,
  });
}

export function useStorage() {
  return useQuery({
    queryKey: STORAGE_KEY,
    queryFn: async ({ signal }) => (await apiGet("/api/v1/storage", { signal })).items,
    refetchInterval: STORAGE_POLL_MS,
  });
}

/** Asks one now, and puts its answer in place of the one that is shown. */
export function useCheckStorage() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (name: Storage["name"]) =>
      (await apiGet("/api/v1/storage", { query: { name } })).items[0],
    onSuccess: (fresh) =>
      client.setQueryData<Storage[]>(STORAGE_KEY, (items) =>
        items?.map((item) => (fresh && item.name === fresh.name ? fresh : item)),
      ),
  });
}

export function useDrain() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => apiPost("/api/v1/services/{name}/drain", {}, { name }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["services"] }),
  });
}

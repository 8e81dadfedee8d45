/*
 * Labels of codes: read page by page, said, removed, imported.
 */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { apiDelete, apiGet, apiPost, apiPut } from "@shared/api/client";
import type { Label, LabelInput, Query } from "@shared/api/types";
import { toQuery, type LabelFilter } from "./labelFilter";

const PER_PAGE = 100;
const IMPORT_MS = 20_000;
const KEY = ["labels"];

export function useLabels(filter: LabelFilter) {
  return useInfiniteQuery({
    queryKey: [...KEY, filter],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/labels", {
        query: { ...toQuery(filter), limit: PER_PAGE, cursor: pageParam } as Query<"/api/v1/labels", "get">,
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (last) => last,
  });
}

function useLabelChange<V, R>(mutationFn: (input: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: KEY }) });
}

export function useSetLabel() {
  return useLabelChange(({ list, code, input }: { list: string; code: string; input: LabelInput }) =>
    apiPut("/api/v1/labels/{list}/{code}", { list, code }, input),
  );
}

export function useRemoveLabel() {
  return useLabelChange(({ list, code, upstream }: Label) =>
    apiDelete("/api/v1/labels/{list}/{code}", { list, code }, { upstream }),
  );
}

export function useImportLabels() {
  return useLabelChange(({ csv, upstream }: { csv: string; upstream: string }) =>
    apiPost("/api/v1/labels/import", { csv, ...(upstream && { upstream }) }, {}, { timeoutMs: IMPORT_MS }),
  );
}

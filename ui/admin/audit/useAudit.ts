/*
 * The audit trail: read page by page as the server cuts it, and its chain gone through.
 */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { apiGet, apiPost } from "@shared/api/client";
import type { AuditFilter } from "./auditFilter";

const PER_PAGE = 50;
/** The server takes up to 65 seconds for a long trail. */
const VERIFY_MS = 70_000;

export function useAudit(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: ["audit", filter],
    queryFn: ({ signal, pageParam }) =>
      apiGet("/api/v1/audit", { query: { ...filter, limit: PER_PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next || undefined,
    placeholderData: (last) => last,
  });
}

export function useVerifyAudit() {
  return useMutation({ mutationFn: () => apiPost("/api/v1/audit/verify", {}, {}, { timeoutMs: VERIFY_MS }) });
}

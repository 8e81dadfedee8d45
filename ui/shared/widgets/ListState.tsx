/* What stands in a list's place while it loads, when it failed, and when it is empty. */
import type { ReactNode } from "react";
import { ErrorNotice } from "./ErrorNotice";
import { TableSkeleton } from "./ScrollTable";

interface Props {
  query: { isPending: boolean; isError: boolean; error: unknown; data: unknown; refetch: () => unknown };
  count: number;
  empty: ReactNode;
  children: ReactNode;
}

export function ListState({ query, count, empty, children }: Props) {
  if (query.isPending) {
    return <TableSkeleton />;
  }
  if (query.isError && !query.data) {
    return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
  }
  return count === 0 ? empty : children;
}

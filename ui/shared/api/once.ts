/*
 * Questions that are asked once and never again by themselves: each time that personal data are told in full, the
 * server notes who asked and why.
 */
import type { Query } from "@tanstack/react-query";

export const ONCE = {
  staleTime: Infinity,
  gcTime: 0,
  retry: false,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  refetchInterval: false,
  meta: { once: true },
} as const;

/** Whether something else than a person may ask it again. */
export const mayRepeat = (query: Pick<Query, "meta">): boolean => query.meta?.["once"] !== true;

/*
 * One person: found, told, erased. Nothing of it is a query: no answer and no number stays in a cache.
 */
import { useMutation } from "@tanstack/react-query";
import { apiPost } from "@shared/api/client";
import type { PersonNamed } from "@shared/api/types";

/** The server looks for a number in every row. */
const PATIENCE = { timeoutMs: 45_000 };
const UNKEPT = { gcTime: 0 };

export interface PersonOrder {
  who: PersonNamed;
  reason: string;
}

export function useFindPerson() {
  return useMutation({
    mutationFn: (who: PersonNamed) => apiPost("/api/v1/persons/find", who, {}, PATIENCE),
    ...UNKEPT,
  });
}

export function useExportPerson() {
  return useMutation({
    mutationFn: ({ who, reason }: PersonOrder) =>
      apiPost("/api/v1/persons/export", { ...who, reason }, {}, PATIENCE),
    ...UNKEPT,
  });
}

export function useErasePerson() {
  return useMutation({
    mutationFn: ({ who, reason, dry }: PersonOrder & { dry: boolean }) =>
      apiPost("/api/v1/persons/erase", { ...who, reason, ...(dry ? { dry_run: true } : { confirm: true }) }, {}, PATIENCE),
    ...UNKEPT,
  });
}

/*
 * What is open beside the page, in the URL: `rows=status:3` the rows behind a figure, `origin=12284` the
 * calls that brought a dealer's rows, `origin=12284:2026-03-05` those of one day. `of` is whose rows they are.
 */
import { useCallback } from "react";
import { writeParam } from "@shared/format/ranges";
import { useParams } from "@shared/route/useRoute";
import { writeSubject, type PickedBy } from "./subject";

/** All that belongs to a drawer, in the URL. */
const OWN = ["rows", "of", "by", "order", "origin"];

function without(params: URLSearchParams): URLSearchParams {
  return OWN.reduce((now, name) => writeParam(now, name, null), params);
}

export function useDrawers() {
  const [params, setParams] = useParams();
  const openRows = useCallback(
    (by: PickedBy, key: string, of: string | null = null) =>
      setParams((now) => writeParam(writeParam(without(now), "rows", writeSubject({ by, key })), "of", of)),
    [setParams],
  );
  const openOrigin = useCallback(
    (dealer: string, day?: string) =>
      setParams((now) => writeParam(without(now), "origin", day ? `${dealer}:${day}` : dealer)),
    [setParams],
  );
  const close = useCallback(() => setParams(without), [setParams]);
  return {
    rows: params.get("rows") ?? undefined,
    origin: params.get("origin") ?? undefined,
    openRows,
    openOrigin,
    close,
  };
}

/*
 * The filters of labels, as they stand in the URL and as the server takes them. Pure.
 */
import type { LabelInput, Label } from "@shared/api/types";

export const LISTS = [
  "prospect_status",
  "prospect_source",
  "follow_up_method",
  "follow_up_state",
  "test_ride",
  "unit_type",
  "sales_person",
  "district",
  "occupation",
] as const;
export type List = (typeof LISTS)[number];

/** In the URL: the labels of no upstream. No upstream can be called so. */
export const BUILT_IN = "*";

export interface LabelFilter {
  list?: List | undefined;
  /** A name, or BUILT_IN. */
  of?: string | undefined;
}

export function readFilter(params: URLSearchParams): LabelFilter {
  const list = params.get("list");
  return { list: LISTS.find((one) => one === list), of: params.get("of") ?? undefined };
}

/** Built-in ones are asked for by an empty name, which is written as a list of it: an empty text is left out. */
export function toQuery({ list, of }: LabelFilter): { list?: List | undefined; upstream?: string | readonly string[] | undefined } {
  return { list, upstream: of === BUILT_IN ? [""] : of };
}

export interface LabelValues {
  list: string | null;
  code: string;
  label: string;
  indonesian: string;
  upstream: string;
}

/** What the form starts with: a label to change, one to say otherwise for an upstream, or none. */
export interface LabelSubject {
  known?: Label;
  otherwise?: boolean;
  list?: List | undefined;
}

export function firstValues({ known, otherwise = false, list }: LabelSubject): LabelValues {
  return {
    list: known?.list ?? list ?? null,
    code: known?.code ?? "",
    label: known?.label ?? "",
    indonesian: known?.indonesian ?? "",
    upstream: otherwise ? "" : (known?.upstream ?? ""),
  };
}

export function toInput({ label, indonesian, upstream }: LabelValues): LabelInput {
  return {
    label: label.trim(),
    ...(indonesian.trim() && { indonesian: indonesian.trim() }),
    ...(upstream && { upstream }),
  };
}

export const keyOf = ({ list, code, upstream = "" }: Label) => [list, code, upstream].join("/");

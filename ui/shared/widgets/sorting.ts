/* By what a list is sorted. Pure. */
export interface Sorting<S extends string> {
  sort: S;
  ascending: boolean;
}

/** What a click on the head of `by` leads to: the other way round, or that column, largest first unless `up`. */
export function nextSorting<S extends string>(now: Sorting<S>, by: S, up = false): Sorting<S> {
  return { sort: by, ascending: now.sort === by ? !now.ascending : up };
}

/*
 * The current route, and the ways to change it. Links are plain anchors with a hash as href.
 */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { buildHash, parseHash, type Route } from "./hash";

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("hashchange", listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("hashchange", listener);
    window.removeEventListener("popstate", listener);
  };
}

/** Goes to a hash. `replace` leaves no step in the history, as for a filter that is typed. */
export function navigate(hash: string, replace = false): void {
  if (hash === window.location.hash) {
    return;
  }
  window.history[replace ? "replaceState" : "pushState"](null, "", hash);
  listeners.forEach((listener) => listener());
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => parseHash(hash), [hash]);
}

type Change = (now: URLSearchParams) => URLSearchParams;

/** The parameters of the route and a way to change them. */
export function useParams(): [URLSearchParams, (change: Change, replace?: boolean) => void] {
  const { params } = useRoute();
  const set = useCallback((change: Change, replace = false) => {
    const now = parseHash(window.location.hash);
    navigate(buildHash(now.path, change(now.params)), replace);
  }, []);
  return [params, set];
}

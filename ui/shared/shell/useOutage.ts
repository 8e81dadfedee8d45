/*
 * What of a page could not be read again, although it was read before: its last good picture is still shown. It is
 * asked for again now and then, and all that failed as soon as the live connection is back.
 */
import { notifyManager, onlineManager, useQueryClient, type Query } from "@tanstack/react-query";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { mayPass } from "../api/client";
import { mayRepeat } from "../api/once";
import { useLiveState } from "../live/LiveProvider";
import { SESSION_KEY } from "../session/useSession";

const RETRY_MS = 15_000;

export interface Outage {
  /** The browser knows of no network. */
  offline: boolean;
  error: unknown;
  /** When the oldest part of the picture was read. */
  since: string;
  retry: () => void;
}

const failed = (query: Query) =>
  query.state.status === "error" && mayPass(query.state.error) && mayRepeat(query);
const old = (query: Query) => failed(query) && query.isActive() && query.state.data !== undefined;

function useOldQueries(): Query[] {
  const cache = useQueryClient().getQueryCache();
  const subscribe = useCallback((changed: () => void) => cache.subscribe(notifyManager.batchCalls(changed)), [cache]);
  // What has to be the same for the same picture: a text, since a list made anew is never the same.
  useSyncExternalStore(subscribe, () =>
    cache
      .getAll()
      .filter(old)
      .map((query) => `${query.queryHash} ${query.state.errorUpdatedAt}`)
      .join(),
  );
  return cache.getAll().filter(old);
}

/** Whether the frame says already that the picture is old. */
export function useAway(): boolean {
  return useOldQueries().length > 0;
}

const watchNetwork = (changed: () => void) => onlineManager.subscribe(changed);

/** What the browser thinks of its network. */
function useOnline(): boolean {
  return useSyncExternalStore(watchNetwork, () => onlineManager.isOnline());
}

export function useOutage(): Outage | undefined {
  const client = useQueryClient();
  const queries = useOldQueries();
  const live = useLiveState() === "live";
  const online = useOnline();
  const away = queries.length > 0;
  // What is on its way is not asked anew: an answer may take longer than the time between two tries.
  const retry = useCallback(
    () => void client.refetchQueries({ type: "active", predicate: failed }, { cancelRefetch: false }),
    [client],
  );
  useEffect(() => {
    if (online) {
      retry();
    } else {
      // The server may be on this very machine: what the browser thinks of its network says nothing, a call does.
      void client.refetchQueries({ queryKey: SESSION_KEY });
    }
  }, [client, online, retry]);
  useEffect(() => {
    if (live) {
      retry();
    }
  }, [live, retry]);
  useEffect(() => {
    const seen = () => document.hidden || retry();
    const timer = away ? setInterval(seen, RETRY_MS) : undefined;
    return () => clearInterval(timer);
  }, [away, retry]);
  const first = queries[0];
  return first && {
    offline: !online,
    error: first.state.error,
    since: new Date(Math.min(...queries.map((query) => query.state.dataUpdatedAt))).toISOString(),
    retry,
  };
}

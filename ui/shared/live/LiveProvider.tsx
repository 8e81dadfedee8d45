/*
 * The events that a page hears. Parts subscribe to topics; a resync, or a return to a page that was hidden while
 * something happened, makes every query read again. A page that nobody sees hears nothing after half a
 * minute, so that what is open behind others asks the server for nothing.
 */
import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import {
  createContext,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from "react";
import { absolute } from "../api/client";
import { mayRepeat } from "../api/once";
import { SESSION_KEY, useWho } from "../session/useSession";
import { LiveLink } from "./link";
import type { LiveEvent } from "./parser";
import type { LiveState } from "./stream";

export type LiveTopic = "job.changed" | "data.changed" | "dealer.changed" | "schedule.changed" | "pause.changed" | "freshness.late";
export type LiveData = Record<string, unknown>;
type Handler = (data: LiveData) => void;

const HIDDEN_MS = 30_000;

class Topics {
  readonly #handlers = new Map<string, Set<Handler>>();

  add(topic: string, handler: Handler): () => void {
    const set = this.#handlers.get(topic) ?? new Set<Handler>();
    this.#handlers.set(topic, set);
    set.add(handler);
    return () => set.delete(handler);
  }

  emit(event: LiveEvent): void {
    let data: LiveData = {};
    try {
      data = JSON.parse(event.data) as LiveData;
    } catch {
      // An event is a hint: without readable data it still says that something changed.
    }
    for (const handler of this.#handlers.get(event.event) ?? []) {
      handler(data);
    }
  }
}

interface Live {
  topics: Topics;
  state: LiveState;
}

const LiveContext = createContext<Live | undefined>(undefined);

/** Joins while the page is seen. A page that is left, or kept for a step back, leaves at once. */
function attend(link: LiveLink): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onChange = () => {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(() => link.leave(), HIDDEN_MS);
    } else {
      link.join();
    }
  };
  const onHide = () => link.leave();
  const onShow = (event: PageTransitionEvent) => event.persisted && link.join();
  link.join();
  document.addEventListener("visibilitychange", onChange);
  window.addEventListener("pagehide", onHide);
  window.addEventListener("pageshow", onShow);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onChange);
    window.removeEventListener("pagehide", onHide);
    window.removeEventListener("pageshow", onShow);
    link.close();
  };
}

export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const who = useWho();
  const [state, setState] = useState<LiveState>("connecting");
  const [topics] = useState(() => new Topics());
  useEffect(() => {
    const link = new LiveLink({
      url: absolute("api/v1/events"),
      who,
      onEvent: (event) => {
        if (event.event === "resync") {
          void client.invalidateQueries({ predicate: mayRepeat });
        } else {
          topics.emit(event);
        }
      },
      onState: (next) => {
        setState(next);
        if (next === "refused") {
          void client.invalidateQueries({ queryKey: SESSION_KEY });
        }
      },
      onOther: () => void client.invalidateQueries({ queryKey: SESSION_KEY }),
    });
    return attend(link);
  }, [client, topics, who]);
  const live = useMemo(() => ({ topics, state }), [topics, state]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLiveState(): LiveState {
  return useContext(LiveContext)?.state ?? "stopped";
}

/** Calls `handler` for each event of a topic while the component is shown. */
export function useLiveTopic(topic: LiveTopic, handler: Handler): void {
  const live = useContext(LiveContext);
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  const topics = live?.topics;
  useEffect(() => topics?.add(topic, (data) => latest.current(data)), [topics, topic]);
}

/** Reads queries again when a topic has news, at most once per `everyMs`, never losing the last. */
export function useRefreshOn(
  topic: LiveTopic,
  keysOf: (data: LiveData) => QueryKey[],
  everyMs = 1_000,
): void {
  const client = useQueryClient();
  const waiting = useRef(new Map<string, QueryKey>());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveTopic(topic, (data) => {
    for (const key of keysOf(data)) {
      waiting.current.set(JSON.stringify(key), key);
    }
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const keys = [...waiting.current.values()];
      waiting.current.clear();
      keys.forEach((queryKey) => void client.invalidateQueries({ queryKey, predicate: mayRepeat }));
    }, everyMs);
  });
}

/*
 * One event stream that stays up: connects, reads, notices silence, and connects again after a
 * growing, jittered pause with Last-Event-ID, so that the gateway can send what was missed. The
 * browser's own EventSource gives up for good on a 502 of a proxy and hides a 401, hence fetch.
 */
import { EventParser, type LiveEvent } from "./parser";

export type LiveState = "connecting" | "live" | "waiting" | "stopped" | "refused";

export interface StreamOptions {
  url: () => string;
  onEvent: (event: LiveEvent) => void;
  onState?: (state: LiveState) => void;
  fetch?: typeof fetch;
  random?: () => number;
  /** Longest silence; the gateway sends a heartbeat every 15 s. */
  silenceMs?: number;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
export const SILENCE_MS = 40_000;

/** Pause before try number `failures` + 1: doubled each time up to a limit, a quarter of jitter. */
export function pauseMs(failures: number, random: number): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(pause * (0.75 + 0.5 * random));
}

export class LiveStream {
  readonly #options: StreamOptions;
  readonly #parser = new EventParser();
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #hadConnection = false;
  state: LiveState = "stopped";

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Connects; at once if it waits for its next try, since somebody has just come to look. */
  start(): void {
    if (this.state === "stopped" || this.state === "refused") {
      this.#failures = 0;
      void this.#connect();
    } else if (this.state === "waiting") {
      this.#clearTimer();
      void this.#connect();
    }
  }

  stop(): void {
    this.#set("stopped");
    this.#clearTimer();
    this.#abort?.abort();
    this.#abort = undefined;
  }

  #set(state: LiveState): void {
    if (this.state !== state) {
      this.state = state;
      this.#options.onState?.(state);
    }
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #connect(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#set("connecting");
    this.#parser.reset();
    this.#watch(abort);
    try {
      const response = await (this.#options.fetch ?? fetch)(this.#options.url(), {
        credentials: "same-origin",
        headers: this.#headers(),
        cache: "no-store",
        signal: abort.signal,
      });
      if (this.#abort !== abort) {
        return;
      }
      if (response.status === 401 || response.status === 403) {
        this.#clearTimer();
        this.#set("refused");
        return;
      }
      if (!response.ok || !response.body) {
        throw new Error(`event stream: HTTP ${response.status}`);
      }
      this.#opened();
      await this.#read(response.body, abort);
    } catch {
      // Every failure ends the same way: a pause and another try.
    }
    if (this.#abort === abort) {
      this.#again();
    }
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (this.#parser.lastId !== undefined) {
      headers["Last-Event-ID"] = this.#parser.lastId;
    }
    return headers;
  }

  #opened(): void {
    const blind = this.#hadConnection && this.#parser.lastId === undefined;
    this.#hadConnection = true;
    this.#set("live");
    if (blind) {
      // Nothing tells the gateway where we were: what happened in between must be read again.
      this.#options.onEvent({ id: undefined, event: "resync", data: "{}" });
    }
  }

  async #read(body: ReadableStream<Uint8Array>, abort: AbortController): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream() as never).getReader();
    for (;;) {
      this.#watch(abort);
      const { value, done } = (await reader.read()) as { value?: string; done: boolean };
      if (done || this.#abort !== abort) {
        return;
      }
      // A stream counts as good once it carried something: a proxy that accepts and
      // closes at once must not be asked again every second.
      this.#failures = 0;
      for (const event of this.#parser.push(value ?? "")) {
        this.#options.onEvent(event);
      }
    }
  }

  #watch(abort: AbortController): void {
    this.#clearTimer();
    this.#timer = setTimeout(() => abort.abort(), this.#options.silenceMs ?? SILENCE_MS);
  }

  #again(): void {
    this.#clearTimer();
    this.#abort?.abort();
    this.#failures += 1;
    this.#set("waiting");
    const pause = pauseMs(this.#failures, (this.#options.random ?? Math.random)());
    this.#timer = setTimeout(() => void this.#connect(), pause);
  }
}

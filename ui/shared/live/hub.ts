/*
 * One event stream for all pages of a browser: a page joins by a port while somebody sees it, and hears every
 * event; the first one opens the stream, the last one that leaves ends it. Browsers allow few connections per
 * host, so that a stream for each page would leave none for the seventh.
 */
import type { LiveEvent } from "./parser";
import { LiveStream, type LiveState, type StreamOptions } from "./stream";

/** What a page says. `who` is signed in there; `last`: of a page that comes back, what it heard last. */
export type ToHub = { join: { url: string; who: string; back: boolean; last: string | undefined } } | "leave";
/** What a page is told; "other": another page is of somebody else. */
export type FromHub = { state: LiveState; last: string | undefined } | { event: LiveEvent } | "other";

/** The hub's end of a page's channel. */
export interface HubPort {
  postMessage: (message: FromHub) => void;
  onmessage: ((message: MessageEvent<ToHub>) => void) | null;
  addEventListener: (name: "close", listener: () => void) => void;
}

const RESYNC = { id: undefined, event: "resync", data: "{}" };

export class Hub {
  readonly #stream: LiveStream;
  readonly #pages = new Set<HubPort>();
  #url = "";
  #who = "";
  #last: string | undefined;

  constructor(means: Pick<StreamOptions, "fetch" | "random"> = {}) {
    this.#stream = new LiveStream({
      ...means,
      url: () => this.#url,
      onEvent: (event) => {
        this.#last = event.id ?? this.#last;
        this.#tell({ event });
      },
      onState: (state) => this.#tell({ state, last: this.#last }),
    });
  }

  add(port: HubPort): void {
    port.onmessage = ({ data }) => {
      if (data === "leave") {
        this.#leave(port);
      } else {
        this.#join(port, data.join);
      }
    };
    port.addEventListener("close", () => this.#leave(port));
  }

  #join(port: HubPort, { url, who, back, last }: Exclude<ToHub, string>["join"]): void {
    this.#url = url;
    this.#pages.add(port);
    if (back && last !== this.#last) {
      // The others went on without it.
      port.postMessage({ event: RESYNC });
    }
    if (who !== this.#who) {
      // Another person may hear other events; the session's cookie is all pages' one.
      this.#who = who;
      this.#pages.forEach((page) => page !== port && page.postMessage("other"));
      this.#stream.stop();
    }
    port.postMessage({ state: this.#stream.state, last: this.#last });
    this.#stream.start();
  }

  #leave(port: HubPort): void {
    if (this.#pages.delete(port) && this.#pages.size === 0) {
      this.#stream.stop();
    }
  }

  #tell(message: FromHub): void {
    for (const page of this.#pages) {
      page.postMessage(message);
    }
  }
}

/*
 * A page's end of the event stream that all pages of the browser share. Where there is no shared worker, or it
 * cannot be loaded, the page has a hub, and so a stream, of its own.
 */
import type { FromHub, ToHub } from "./hub";
import type { LiveEvent } from "./parser";
import type { LiveState } from "./stream";

export interface LinkOptions {
  url: string;
  /** Who is signed in: for another person the stream begins anew. */
  who: string;
  onEvent: (event: LiveEvent) => void;
  onState: (state: LiveState) => void;
  /** Another page is of somebody else, and the session is all pages' one. */
  onOther: () => void;
}

const AGAIN_MS = 5_000;

export class LiveLink {
  readonly #options: LinkOptions;
  #port: MessagePort | undefined;
  #joined = false;
  #back = false;
  #closed = false;
  #last: string | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
    if (typeof SharedWorker === "undefined") {
      void this.#alone();
      return;
    }
    const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onerror = () => void this.#alone();
    this.#use(worker.port);
  }

  /** Hears events from now on; of a page that did before, what it missed is made good. */
  join(): void {
    this.#joined = true;
    const { url, who } = this.#options;
    this.#say({ join: { url, who, back: this.#back, last: this.#last } });
  }

  leave(): void {
    if (this.#joined) {
      this.#joined = false;
      this.#back = true;
      this.#say("leave");
      this.#options.onState("stopped");
    }
  }

  /** Leaves for good. */
  close(): void {
    this.leave();
    this.#closed = true;
    this.#port?.close();
    this.#port = undefined;
  }

  async #alone(): Promise<void> {
    let Hub;
    try {
      ({ Hub } = await import("./hub"));
    } catch {
      setTimeout(() => void (this.#closed || this.#alone()), AGAIN_MS); // the network is away
      return;
    }
    const { port1, port2 } = new MessageChannel();
    new Hub().add(port2);
    this.#use(port1);
  }

  #use(port: MessagePort): void {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<FromHub>) => this.#hear(data);
    if (this.#joined) {
      this.join();
    }
  }

  #say(message: ToHub): void {
    this.#port?.postMessage(message);
  }

  #hear(message: FromHub): void {
    if (!this.#joined) {
      return; // It was on its way when we left.
    }
    if (message === "other") {
      this.#options.onOther();
    } else if ("event" in message) {
      this.#last = message.event.id ?? this.#last;
      this.#options.onEvent(message.event);
    } else {
      this.#last = message.last;
      this.#options.onState(message.state);
    }
  }
}

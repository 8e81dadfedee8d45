/* One stream for many pages: who opens and ends it, what a page hears that comes, goes and comes back. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Hub, type FromHub, type HubPort, type ToHub } from "./hub";

/** A stand-in for fetch: one stream after another, each with its headers. */
class Server {
  readonly opened: { lastId: string | undefined; signal: AbortSignal }[] = [];
  status = 200;
  #control: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly fetch = ((_url: string, init: RequestInit) => {
    const headers = init.headers as Record<string, string>;
    const signal = init.signal as AbortSignal;
    this.opened.push({ lastId: headers["Last-Event-ID"], signal });
    const body = new ReadableStream<Uint8Array>({ start: (control) => void (this.#control = control) });
    return Promise.resolve(new Response(this.status === 200 ? body : null, { status: this.status }));
  }) as unknown as typeof fetch;

  async send(id: string): Promise<void> {
    this.#control?.enqueue(new TextEncoder().encode(`id: ${id}\nevent: job.changed\ndata: {}\n\n`));
    await settle();
  }

  async end(): Promise<void> {
    this.#control?.close();
    await settle();
  }

  get open(): number {
    return this.opened.filter((one) => !one.signal.aborted).length;
  }
}

/** A page: its port, what it heard, and what it last said that it had heard. */
class Page implements HubPort {
  onmessage: ((message: MessageEvent<ToHub>) => void) | null = null;
  readonly heard: string[] = [];
  state = "";
  others = 0;
  #last: string | undefined;
  #back = false;
  #closed: () => void = () => undefined;

  constructor(hub: Hub) {
    hub.add(this);
  }

  postMessage(message: FromHub): void {
    if (message === "other") {
      this.others += 1;
    } else if ("event" in message) {
      this.heard.push(message.event.id ?? message.event.event);
      this.#last = message.event.id ?? this.#last;
    } else {
      this.state = message.state;
      this.#last = message.last;
    }
  }

  addEventListener(_name: "close", listener: () => void): void {
    this.#closed = listener;
  }

  async join(who = "ann viewer"): Promise<void> {
    this.#say({ join: { url: "api/v1/events", who, back: this.#back, last: this.#last } });
    await settle();
  }

  leave(): void {
    this.#back = true;
    this.#say("leave");
  }

  /** Ends without a word, as a tab that crashes. */
  vanish(): void {
    this.#closed();
  }

  #say(data: ToHub): void {
    this.onmessage?.({ data } as MessageEvent<ToHub>);
  }
}

const settle = () => vi.advanceTimersByTimeAsync(5);

let server: Server;
let hub: Hub;
beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  hub = new Hub({ fetch: server.fetch, random: () => 0.5 });
});
afterEach(() => void vi.useRealTimers());

describe("hub", () => {
  it("has one stream for all pages, and each hears every event", async () => {
    const pages = Array.from({ length: 8 }, () => new Page(hub));
    for (const page of pages) {
      await page.join();
    }
    await server.send("s-1");
    expect(server.opened).toHaveLength(1);
    expect(pages.map((page) => [page.state, ...page.heard])).toEqual(pages.map(() => ["live", "s-1"]));
  });

  it("ends the stream with its last page, whether that says so or vanishes", async () => {
    const [one, other] = [new Page(hub), new Page(hub)];
    await one.join();
    await other.join();
    one.leave();
    expect(server.open).toBe(1);
    other.vanish();
    expect(server.open).toBe(0);
  });

  it("opens the stream again where it ended", async () => {
    const page = new Page(hub);
    await page.join();
    await server.send("s-3");
    page.leave();
    await page.join();
    expect(server.opened.map((one) => one.lastId)).toEqual([undefined, "s-3"]);
    expect(page.heard).toEqual(["s-3"]);
  });

  it("tells a page that comes back to read again, if the others heard something meanwhile", async () => {
    const [away, other] = [new Page(hub), new Page(hub)];
    await away.join();
    await other.join();
    await server.send("s-1");
    away.leave();
    await away.join();
    expect(away.heard).toEqual(["s-1"]);
    away.leave();
    await server.send("s-2");
    await away.join();
    expect(away.heard).toEqual(["s-1", "resync"]);
    await server.send("s-3");
    expect(away.heard).toEqual(["s-1", "resync", "s-3"]);
    expect(other.heard).toEqual(["s-1", "s-2", "s-3"]);
  });

  it("does not let a new page read again what it has just read", async () => {
    const [first, late] = [new Page(hub), new Page(hub)];
    await first.join();
    await server.send("s-1");
    await late.join();
    expect(late.heard).toEqual([]);
  });

  it("begins anew for another person", async () => {
    const [one, other] = [new Page(hub), new Page(hub)];
    await one.join("ann viewer");
    await server.send("s-1");
    await other.join("bob admin");
    expect(server.open).toBe(1);
    expect(server.opened.map((stream) => stream.lastId)).toEqual([undefined, "s-1"]);
    expect([one.state, other.state]).toEqual(["live", "live"]);
    expect([one.others, other.others], "who was there before reads the session again").toEqual([1, 0]);
  });

  it("tells all pages that the session is over, and asks again only for one that signed in", async () => {
    const [one, other] = [new Page(hub), new Page(hub)];
    await one.join();
    await other.join();
    server.status = 401;
    await server.end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([one.state, other.state]).toEqual(["refused", "refused"]);
    expect(server.opened).toHaveLength(2);
    server.status = 200;
    await one.join();
    expect(one.state).toBe("live");
  });

  it("does not let a new page wait for the pause of a failed try", async () => {
    const [one, late] = [new Page(hub), new Page(hub)];
    server.status = 502;
    await one.join();
    await vi.advanceTimersByTimeAsync(1000 + 2000);
    expect(one.state).toBe("waiting");
    server.status = 200;
    await late.join();
    expect([one.state, late.state]).toEqual(["live", "live"]);
  });
});

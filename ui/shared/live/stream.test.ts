/* The stream that stays up: pauses, Last-Event-ID, silence, refusal. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveEvent } from "./parser";
import { LiveStream, SILENCE_MS, pauseMs, type LiveState } from "./stream";

interface Connection {
  lastId: string | undefined;
  aborted: () => boolean;
  send: (text: string) => void;
  end: () => void;
}

/** A stand-in for fetch: keeps every connection, answers as the test says. */
class Server {
  readonly connections: Connection[] = [];
  answer: number | "down" = 200;

  readonly fetch = ((_url: string, init: RequestInit) => {
    const signal = init.signal as AbortSignal;
    const headers = init.headers as Record<string, string>;
    let control: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({ start: (c) => void (control = c) });
    signal.addEventListener("abort", () => {
      try {
        control?.error(new DOMException("aborted", "AbortError"));
      } catch {
        // It had ended before.
      }
    });
    this.connections.push({
      lastId: headers["Last-Event-ID"],
      aborted: () => signal.aborted,
      send: (text) => control?.enqueue(new TextEncoder().encode(text)),
      end: () => control?.close(),
    });
    if (this.answer === "down") {
      return Promise.reject(new TypeError("network"));
    }
    return Promise.resolve(new Response(this.answer === 200 ? body : null, { status: this.answer }));
  }) as unknown as typeof fetch;

  get last(): Connection {
    return this.connections[this.connections.length - 1] as Connection;
  }
}

function watch(server: Server) {
  const events: LiveEvent[] = [];
  const states: LiveState[] = [];
  const stream = new LiveStream({
    url: () => "api/v1/events",
    fetch: server.fetch,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
  });
  return { stream, events, states };
}

const settle = () => vi.advanceTimersByTimeAsync(5);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("pause between tries", () => {
  it("doubles up to half a minute and is jittered by a quarter", () => {
    expect([1, 2, 3, 4, 5, 6, 9].map((failures) => pauseMs(failures, 0.5))).toEqual([
      1000, 2000, 4000, 8000, 16000, 30000, 30000,
    ]);
    expect(pauseMs(1, 0)).toBe(750);
    expect(pauseMs(1, 1)).toBe(1250);
  });
});

describe("live stream", () => {
  it("hands on events and comes back with the last id", async () => {
    const server = new Server();
    const { stream, events, states } = watch(server);
    stream.start();
    await settle();
    server.last.send("id: s-4\nevent: job.changed\ndata: {}\n\n");
    await settle();
    expect(events.map((event) => event.event)).toEqual(["job.changed"]);
    server.last.end();
    await settle();
    expect(states).toEqual(["connecting", "live", "waiting"]);
    await vi.advanceTimersByTimeAsync(1100);
    expect(server.connections).toHaveLength(2);
    expect(server.last.lastId).toBe("s-4");
    expect(stream.state).toBe("live");
    stream.stop();
    expect(server.last.aborted()).toBe(true);
  });

  it("asks for everything again after a gap that no id covers", async () => {
    const server = new Server();
    const { stream, events } = watch(server);
    stream.start();
    await settle();
    server.last.end();
    await vi.advanceTimersByTimeAsync(1100);
    expect(events.map((event) => event.event)).toEqual(["resync"]);
    stream.stop();
  });

  it("waits longer and longer while the server is down", async () => {
    const server = new Server();
    server.answer = "down";
    const { stream } = watch(server);
    stream.start();
    await vi.advanceTimersByTimeAsync(1000 + 2000 + 4000 + 50);
    expect(server.connections).toHaveLength(4);
    server.answer = 502;
    await vi.advanceTimersByTimeAsync(8000);
    expect(server.connections).toHaveLength(5);
    server.answer = 200;
    await vi.advanceTimersByTimeAsync(16000);
    expect(stream.state).toBe("live");
    stream.stop();
  });

  it("does not hurry when a proxy accepts and closes at once", async () => {
    const server = new Server();
    const { stream } = watch(server);
    stream.start();
    for (const pause of [1000, 2000, 4000]) {
      await settle();
      server.last.end();
      await settle();
      await vi.advanceTimersByTimeAsync(pause - 50);
      const before = server.connections.length;
      await vi.advanceTimersByTimeAsync(100);
      expect(server.connections).toHaveLength(before + 1);
    }
    stream.stop();
  });

  it("gives up a connection that went silent", async () => {
    const server = new Server();
    const { stream } = watch(server);
    stream.start();
    await settle();
    server.last.send(": beat\n\n");
    await vi.advanceTimersByTimeAsync(SILENCE_MS - 100);
    expect(server.connections).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200 + 1100);
    expect(server.connections[0]?.aborted()).toBe(true);
    expect(server.connections).toHaveLength(2);
    stream.stop();
  });

  it("stops when the session is over and starts again when told", async () => {
    const server = new Server();
    server.answer = 401;
    const { stream } = watch(server);
    stream.start();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.connections).toHaveLength(1);
    expect(stream.state).toBe("refused");
    server.answer = 200;
    stream.start();
    await settle();
    expect(stream.state).toBe("live");
    stream.stop();
  });

  it("stays stopped", async () => {
    const server = new Server();
    server.answer = "down";
    const { stream } = watch(server);
    stream.start();
    await settle();
    stream.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.connections).toHaveLength(1);
    expect(stream.state).toBe("stopped");
  });
});

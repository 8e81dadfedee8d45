/*
 * Reader of text/event-stream: bytes arrive in pieces of any size, whole events come out.
 * No I/O, no clock.
 */
export interface LiveEvent {
  id: string | undefined;
  event: string;
  data: string;
}

const MAX_PENDING = 1 << 20;

export class EventParser {
  lastId: string | undefined;
  #rest = "";
  #event = "";
  #data: string[] = [];

  /** Takes the next piece of the stream and returns the events that it completes. */
  push(piece: string): LiveEvent[] {
    this.#rest += piece;
    if (this.#rest.length > MAX_PENDING) {
      throw new Error("event stream: a line without end");
    }
    const done: LiveEvent[] = [];
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#line(line);
      if (event) {
        done.push(event);
      }
    }
    return done;
  }

  /** Forgets a half-read event, as a new connection must; the last id stays. */
  reset(): void {
    this.#rest = "";
    this.#event = "";
    this.#data = [];
  }

  #line(line: string): LiveEvent | undefined {
    if (line === "") {
      return this.#finish();
    }
    const colon = line.indexOf(":");
    if (colon === 0) {
      return undefined;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") {
      this.#event = value;
    } else if (field === "data") {
      this.#data.push(value);
    } else if (field === "id" && !value.includes("\0")) {
      this.lastId = value || undefined;
    }
    return undefined;
  }

  #finish(): LiveEvent | undefined {
    const event = this.#event || "message";
    const data = this.#data;
    this.#event = "";
    this.#data = [];
    return data.length > 0 ? { id: this.lastId, event, data: data.join("\n") } : undefined;
  }
}

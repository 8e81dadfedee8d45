/* Reading text/event-stream. */
import { describe, expect, it } from "vitest";
import { EventParser } from "./parser";

describe("event parser", () => {
  it("reads an event with all its fields", () => {
    const parser = new EventParser();
    const events = parser.push('id: a-1\nevent: job.changed\ndata: {"id":"x"}\n\n');
    expect(events).toEqual([{ id: "a-1", event: "job.changed", data: '{"id":"x"}' }]);
    expect(parser.lastId).toBe("a-1");
  });

  it("gives the same events however the stream is cut", () => {
    const text = ': hello\r\n\r\nid: a-1\r\nevent: data.changed\r\ndata: {"a":\r\ndata: 1}\r\n\r\nid: a-2\r\ndata: x\r\n\r\n';
    const whole = new EventParser().push(text);
    expect(whole).toHaveLength(2);
    for (let size = 1; size < text.length; size += 1) {
      const parser = new EventParser();
      const found = [];
      for (let at = 0; at < text.length; at += size) {
        found.push(...parser.push(text.slice(at, at + size)));
      }
      expect(found).toEqual(whole);
    }
  });

  it("takes heartbeats and empty events as nothing", () => {
    const parser = new EventParser();
    expect(parser.push(": beat\n\n: beat\n\nevent: resync\n\n")).toEqual([]);
    expect(parser.push("data: 1\n\n")).toEqual([{ id: undefined, event: "message", data: "1" }]);
  });

  it("forgets a half event but not the last id", () => {
    const parser = new EventParser();
    parser.push("id: a-7\ndata: 1\n\nevent: job.changed\ndata: {");
    parser.reset();
    expect(parser.push("data: 2\n\n")).toEqual([{ id: "a-7", event: "message", data: "2" }]);
  });

  it("refuses a line without end", () => {
    expect(() => new EventParser().push("x".repeat(2 << 20))).toThrow("without end");
  });
});

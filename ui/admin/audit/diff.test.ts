/* Before and after, field by field. */
import { describe, expect, it } from "vitest";
import { diffOf } from "./diff";

describe("diff", () => {
  it("names each field of either side once, in order", () => {
    expect(diffOf('{"name": "Old", "active": true}', '{"name": "New", "active": false}')).toEqual([
      { field: "active", before: "true", after: "false", secret: false },
      { field: "name", before: "Old", after: "New", secret: false },
    ]);
  });

  it("shows what is new or gone with one side, and leaves out what is nothing on both", () => {
    expect(diffOf(undefined, '{"dealers": ["1", "2"], "name": null}')).toEqual([
      { field: "dealers", before: undefined, after: "1, 2", secret: false },
    ]);
    expect(diffOf('{"a": {"b": 1}}', undefined)).toEqual([
      { field: "a", before: '{"b":1}', after: undefined, secret: false },
    ]);
    expect(diffOf(undefined, undefined)).toEqual([]);
  });

  it("knows a secret by its hash", () => {
    expect(diffOf('{"api_key": null}', '{"api_key": "sha256:0123456789abcdef"}')[0]?.secret).toBe(true);
  });

  it("shows a text that was cut as it stands", () => {
    expect(diffOf(undefined, '{"name": "x')).toEqual([
      { field: "", before: undefined, after: '{"name": "x', secret: false },
    ]);
  });
});

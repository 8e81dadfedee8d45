/* The token of a one-time link. */
import { describe, expect, it } from "vitest";
import { tokenOf } from "./startLink";

describe("start link", () => {
  it("finds the token", () => {
    expect(tokenOf("#/start?token=abc-123_x")).toBe("abc-123_x");
    expect(tokenOf("#/start/?a=1&token=t%2B%2F%3D")).toBe("t+/=");
  });

  it("finds none elsewhere", () => {
    for (const hash of ["", "#/", "#/start", "#/start?x=1", "#/other?token=abc", "#/started?token=a"]) {
      expect(tokenOf(hash)).toBeUndefined();
    }
  });
});

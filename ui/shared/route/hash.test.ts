/* Routes in the hash. */
import { describe, expect, it } from "vitest";
import { buildHash, parseHash, pathParts } from "./hash";

describe("hash routes", () => {
  it("splits path and parameters", () => {
    const route = parseHash("#/jobs/42?state=failed&dealer=12284");
    expect(route.path).toBe("/jobs/42");
    expect(route.params.get("state")).toBe("failed");
    expect(route.params.get("dealer")).toBe("12284");
  });

  it("takes an empty or sloppy hash as the root", () => {
    for (const hash of ["", "#", "#/", "#//"]) {
      expect(parseHash(hash).path).toBe("/");
    }
    expect(parseHash("#jobs/").path).toBe("/jobs");
    expect(parseHash("#?range=7d").params.get("range")).toBe("7d");
  });

  it("builds what it parses", () => {
    const params = new URLSearchParams({ q: "Mitra & Söhne?" });
    const again = parseHash(buildHash("/dealers", params));
    expect(again.path).toBe("/dealers");
    expect(again.params.get("q")).toBe("Mitra & Söhne?");
    expect(buildHash("/dealers", new URLSearchParams())).toBe("#/dealers");
  });

  it("decodes the parts of a path and survives a broken one", () => {
    expect(pathParts("/jobs/a%2Fb")).toEqual(["jobs", "a/b"]);
    expect(pathParts("/jobs/%zz")).toEqual(["jobs", "%zz"]);
    expect(pathParts("/")).toEqual([]);
  });
});

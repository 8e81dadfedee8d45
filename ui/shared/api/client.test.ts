/* Routes, problem documents and field errors. */
import { describe, expect, it } from "vitest";
import { ApiError, fillRoute, problemToError } from "./client";
import { sortErrors } from "./fieldErrors";

describe("routes", () => {
  it("are relative, so that any base path works", () => {
    expect(fillRoute("/api/v1/dealers")).toBe("api/v1/dealers");
  });

  it("take path and query values, escaped", () => {
    expect(fillRoute("/api/v1/jobs/{id}/tasks", { id: "a/b" }, { state: "failed", limit: 50 })).toBe(
      "api/v1/jobs/a%2Fb/tasks?state=failed&limit=50",
    );
  });

  it("leave out what is not given, but not false or zero", () => {
    const query = { q: "", cursor: undefined, dealer_id: null, active: false, skip: 0 };
    expect(fillRoute("/api/v1/dealers", {}, query)).toBe("api/v1/dealers?active=false&skip=0");
    expect(fillRoute("/api/v1/prospects", {}, { status: [""] })).toBe("api/v1/prospects?status=");
  });
});

describe("problems", () => {
  it("become errors with code, fields and request id", () => {
    const error = problemToError(422, {
      title: "Unprocessable",
      detail: "The window ends before it begins.",
      code: "job.empty_window",
      errors: [{ field: "to", code: "field.range", text: "Too early." }],
      request_id: "r-1",
    });
    expect(error.message).toBe("The window ends before it begins.");
    expect([error.status, error.code, error.requestId]).toEqual([422, "job.empty_window", "r-1"]);
    expect(error.fields).toHaveLength(1);
  });

  it("keep the status of an answer that is none", () => {
    for (const body of [undefined, null, "<html>", 3, []]) {
      const error = problemToError(502, body);
      expect([error.code, error.message, error.fields]).toEqual(["http.502", "HTTP 502", []]);
    }
  });
});

describe("field errors", () => {
  const names = { from: "period", to: "period", dealer_ids: "dealers" } as const;
  const error = (errors: ApiError["fields"]) => new ApiError(422, "x", "Whole message", errors);

  it("go to the input that shows the field", () => {
    const { fields, others } = sortErrors(
      error([
        { field: "from", code: "a", text: "Too old." },
        { field: "to", code: "b", text: "Too early." },
        { field: "dealer_ids[2]", code: "c", text: "Unknown." },
        { field: "feeds", code: "d", text: "Unknown feed." },
      ]),
      names,
    );
    expect(fields).toEqual({ period: "Too old. Too early.", dealers: "Unknown." });
    expect(others).toEqual(["feeds: Unknown feed."]);
  });

  it("without fields the whole message is said", () => {
    expect(sortErrors(error([]), names).others).toEqual(["Whole message"]);
    expect(sortErrors(new Error("other"), names)).toEqual({ fields: {}, others: [] });
  });
});

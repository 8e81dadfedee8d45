/*
 * The messages of the REST API under short names. They come from openapi.json by way of the
 * generated schema.d.ts, addressed by route, so that a field that changes its name or type in the
 * services breaks the build of the pages and not their behaviour.
 */
import type { paths } from "./schema";

type Content<R> = R extends { content: { "application/json": infer B } } ? B : never;
type Success<O> = O extends { responses: infer R }
  ? Content<R[Extract<keyof R, 200 | 201 | 202>]>
  : never;

export type Method = "get" | "post" | "patch" | "put" | "delete";
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never;
}[keyof paths];
export type Operation<P extends keyof paths, M extends Method> = paths[P][M & keyof paths[P]];
export type Reply<P extends keyof paths, M extends Method> = Success<Operation<P, M>>;
export type Body<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody?: { content: { "application/json": infer B } } }
    ? B
    : never;
export type Query<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { parameters: { query?: infer Q } } ? Q : never;

export type Dealer = Reply<"/api/v1/dealers", "get">["items"][number];
export type DealerInput = Body<"/api/v1/dealers", "post">;
export type DealerChange = Body<"/api/v1/dealers/{dealer_id}", "patch">;
export type ConnectionTest = Reply<"/api/v1/dealers/{dealer_id}/test", "post">;
export type ErrorTold = Reply<"/api/v1/errors", "get">["items"][number];
export type Upstream = Reply<"/api/v1/upstreams", "get">["items"][number];
export type Job = Reply<"/api/v1/jobs/{id}", "get">;
export type JobInput = Body<"/api/v1/jobs", "post">;
export type Task = Reply<"/api/v1/jobs/{job_id}/tasks", "get">["items"][number];
export type Attempt = Reply<"/api/v1/tasks/{task_id}/attempts", "get">["items"][number];
export type QuarantineRow = Reply<"/api/v1/quarantine", "get">["items"][number];
export type ReportDealer = Reply<"/api/v1/report/dealers", "get">["items"][number];
export type Summary = Reply<"/api/v1/report/prospects", "get">;
export type Stamp = Summary["stamp"];
export type DayCount = Summary["daily_counts"][number];
export type CodeCount = Summary["status_distribution"][number];
export type UnitCount = Summary["unit_types"][number];
export type Breakdown = NonNullable<Summary["sources"]>;
export type FunnelStep = NonNullable<Summary["funnel"]>[number];
export type Previous = NonNullable<Summary["previous"]>;
export type Gap = NonNullable<Summary["gaps"]>[number];
export type Fetch = Reply<"/api/v1/report/fetches", "get">["items"][number];
export type Prospect = Reply<"/api/v1/prospects", "get">["items"][number];
export type Provenance = Reply<"/api/v1/report/provenance", "get">["items"][number];
export type GroupReport = Reply<"/api/v1/report/group", "get">;
export type GroupRow = GroupReport["totals"];
export type ServiceProcess = Reply<"/api/v1/services", "get">["items"][number];
export type Schedule = Reply<"/api/v1/schedules/{id}", "get">;
export type ScheduleInput = Body<"/api/v1/schedules", "post">;
export type Tick = Reply<"/api/v1/schedules/{schedule_id}/ticks", "get">["items"][number];
export type Freshness = Reply<"/api/v1/freshness", "get">["items"][number];
export type Pause = Reply<"/api/v1/pauses", "get">["items"][number];
export type PauseInput = Body<"/api/v1/pauses", "post">;
export type Coverage = Reply<"/api/v1/coverage", "get">["items"][number];
export type CoveredDay = NonNullable<Coverage["days"]>[number];
export type Plan = Reply<"/api/v1/jobs/plan", "post">;
export type Statistics = Reply<"/api/v1/jobs/statistics", "get">;
export type Rerun = Reply<"/api/v1/jobs/rerun", "post">;
export type Bulk = Reply<"/api/v1/jobs/bulk", "post">;
export type BulkInput = Body<"/api/v1/jobs/bulk", "post">;
export type RerunInput = Body<"/api/v1/jobs/rerun", "post">;
export type User = Reply<"/api/v1/users/{login}", "get">;
export type UserInput = Body<"/api/v1/users", "post">;
export type UserChange = Body<"/api/v1/users/{login}", "patch">;
export type SignInLink = Reply<"/api/v1/users/{login}/link", "post">;
export type ApiKey = Reply<"/api/v1/keys", "get">["items"][number];
export type ApiKeyInput = Body<"/api/v1/keys", "post">;
export type AuditEntry = Reply<"/api/v1/audit", "get">["items"][number];
export type AuditVerdict = Reply<"/api/v1/audit/verify", "post">;
export type QuarantineCount = Reply<"/api/v1/quarantine/summary", "get">["items"][number];
export type Drift = Reply<"/api/v1/drift", "get">["items"][number];
export type UpstreamState = Reply<"/api/v1/upstreams/{name}/state", "get">;
export type UpstreamChange = Body<"/api/v1/upstreams/{name}", "put">;
export type Storage = Reply<"/api/v1/storage", "get">["items"][number];
export type FeedPolicy = Reply<"/api/v1/feeds/{feed}", "get">;
export type FeedChange = Body<"/api/v1/feeds/{feed}", "patch">;
export type Setting = Reply<"/api/v1/settings", "get">["items"][number];
export type Label = Reply<"/api/v1/labels", "get">["items"][number];
export type LabelInput = Body<"/api/v1/labels/{list}/{code}", "put">;
export type PersonPage = Reply<"/api/v1/persons/find", "post">;
export type ProspectSearch = Body<"/api/v1/prospects/find", "post">;
export type ProspectsFound = Reply<"/api/v1/prospects/find", "post">;
export type PersonNamed = Body<"/api/v1/persons/find", "post">;
export type PersonErased = Reply<"/api/v1/persons/erase", "post">;
export type Session = Reply<"/api/v1/session", "get">;

/** What is wrong with one value, as problem documents have it. */
export interface FieldError {
  field: string;
  code: string;
  /** In English. */
  text: string;
  rule?: string;
  min?: number;
  max?: number;
  choices?: string[];
}

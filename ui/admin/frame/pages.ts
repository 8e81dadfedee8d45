/* The pages of the Admin Panel: where they are, in which group of the navigation, and for whom. */
import {
  IconActivityHeartbeat,
  IconAdjustments,
  IconBuildingStore,
  IconCalendarStats,
  IconCalendarTime,
  IconFileAlert,
  IconHistory,
  IconKey,
  IconListCheck,
  IconUsers,
} from "@tabler/icons-react";
import type { Need } from "@shared/session/useMay";

export const GROUPS = ["data", "access", "system"] as const;

export const PAGES = [
  { path: "dealers", group: "data", Icon: IconBuildingStore, need: { who: "viewer" } },
  { path: "jobs", group: "data", Icon: IconListCheck, need: { who: "viewer" } },
  { path: "schedules", group: "data", Icon: IconCalendarTime, need: { who: "operator" } },
  { path: "coverage", group: "data", Icon: IconCalendarStats, need: { who: "viewer" } },
  { path: "quarantine", group: "data", Icon: IconFileAlert, need: { who: "operator" } },
  { path: "users", group: "access", Icon: IconUsers, need: { who: "admin", whole: true } },
  { path: "keys", group: "access", Icon: IconKey, need: { who: "admin", whole: true } },
  { path: "audit", group: "access", Icon: IconHistory, need: { who: "admin", whole: true } },
  { path: "configuration", group: "system", Icon: IconAdjustments, need: { who: "operator" } },
  { path: "services", group: "system", Icon: IconActivityHeartbeat, need: { who: "operator" } },
] as const satisfies readonly {
  path: string;
  group: (typeof GROUPS)[number];
  Icon: unknown;
  need: Need;
}[];

export type PageInfo = (typeof PAGES)[number];

/** The page of a path's first part; the dealers, if there is none. */
export function pageOf(part: string | undefined): PageInfo | undefined {
  return part === undefined ? PAGES[0] : PAGES.find((page) => page.path === part);
}

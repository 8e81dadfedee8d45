/*
 * The form of a schedule, without its looks. Pure.
 */
import type { Schedule, ScheduleInput } from "@shared/api/types";
import { fromMonday, readCron } from "./cronWords";

export const PRESETS = ["hourly", "daily", "weekdays", "custom"] as const;
export type Preset = (typeof PRESETS)[number];

export interface ScheduleValues {
  name: string;
  scope: "chosen" | "all";
  dealers: string[];
  feeds: string[];
  preset: Preset;
  /** Of `hourly`. */
  minute: number | string;
  /** Of `daily` and `weekdays`, HH:MM. */
  time: string;
  /** Of `weekdays`, 0 = Sunday. */
  days: string[];
  /** Of `custom`. */
  cron: string;
  zone: string;
  jitter_minutes: number | string;
  catch_up: Schedule["catch_up"];
  overlap_policy: Schedule["overlap_policy"];
  /** Empty: as the upstream says. */
  overlap_hours: number | string;
}

export type ScheduleField = keyof ScheduleValues;

/** Fields of the message, by the input that shows them. */
export const SCHEDULE_FIELDS: Record<string, ScheduleField> = {
  name: "name",
  dealer_ids: "dealers",
  all_dealers: "dealers",
  feeds: "feeds",
  cron: "cron",
  kind: "preset",
  zone: "zone",
  jitter_seconds: "jitter_minutes",
  catch_up: "catch_up",
  overlap_policy: "overlap_policy",
  overlap_hours: "overlap_hours",
};

const MON_TO_FRI = ["1", "2", "3", "4", "5"];

function clockOf(schedule: Schedule): Pick<ScheduleValues, "preset" | "minute" | "time" | "days" | "cron"> {
  const usual = { minute: 0, time: "06:00", days: MON_TO_FRI, cron: schedule.cron };
  const shape = readCron(schedule.cron);
  if (shape?.shape === "hourly") {
    return { ...usual, preset: "hourly", minute: shape.minute };
  }
  if (shape?.shape === "times" && shape.times.length === 1) {
    const time = shape.times[0] ?? usual.time;
    return shape.weekdays
      ? { ...usual, preset: "weekdays", time, days: shape.weekdays.map(String) }
      : { ...usual, preset: "daily", time };
  }
  return { ...usual, preset: "custom" };
}

export function firstValues(known: Schedule | undefined, zone: string): ScheduleValues {
  if (!known) {
    return {
      name: "",
      scope: "chosen",
      dealers: [],
      feeds: ["prsp"],
      preset: "daily",
      minute: 0,
      time: "06:00",
      days: MON_TO_FRI,
      cron: "0 6 * * *",
      zone,
      jitter_minutes: 0,
      catch_up: "once",
      overlap_policy: "skip",
      overlap_hours: "",
    };
  }
  return {
    name: known.name,
    scope: known.all_dealers ? "all" : "chosen",
    dealers: known.dealer_ids,
    feeds: known.feeds,
    ...clockOf(known),
    zone: known.zone,
    jitter_minutes: known.jitter_seconds / 60,
    catch_up: known.catch_up,
    overlap_policy: known.overlap_policy,
    overlap_hours: known.overlap_hours ?? "",
  };
}

const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** The expression that the values mean; nothing while they are not complete. */
export function toCron(values: ScheduleValues): string | undefined {
  if (values.preset === "custom") {
    return values.cron.trim() || undefined;
  }
  if (values.preset === "hourly") {
    const minute = Number(values.minute);
    const fits = values.minute !== "" && Number.isInteger(minute) && minute >= 0 && minute <= 59;
    return fits ? `${minute} * * * *` : undefined;
  }
  const [, hour, minute] = TIME.exec(values.time) ?? [];
  if (hour === undefined || minute === undefined) {
    return undefined;
  }
  if (values.preset === "daily") {
    return `${Number(minute)} ${Number(hour)} * * *`;
  }
  const days = fromMonday(values.days.map(Number));
  return days.length > 0 ? `${Number(minute)} ${Number(hour)} * * ${days.join(",")}` : undefined;
}

export function between(value: number | string, least: number, most: number): boolean {
  return value !== "" && Number(value) >= least && Number(value) <= most;
}

/** A changed clock begins anew, so cron and zone go along only when they are others. */
export function toMessage(values: ScheduleValues, known: Schedule | undefined): ScheduleInput {
  const cron = toCron(values) ?? "";
  // One and the same clock can be written in several ways: 1-5 and mon-fri.
  const meaning = (one: string) => JSON.stringify(readCron(one) ?? one.replace(/\s+/g, " "));
  const clockMoved = !known || meaning(cron) !== meaning(known.cron) || values.zone !== known.zone;
  return {
    ...(values.name.trim() ? { name: values.name.trim() } : {}),
    ...(clockMoved ? { cron, zone: values.zone } : {}),
    ...(values.scope === "all"
      ? { all_dealers: true }
      : { dealer_ids: values.dealers, ...(known?.all_dealers ? { all_dealers: false } : {}) }),
    feeds: values.feeds,
    jitter_seconds: Math.round(Number(values.jitter_minutes) * 60),
    catch_up: values.catch_up,
    overlap_policy: values.overlap_policy,
    ...(values.overlap_hours === "" ? {} : { overlap_hours: Number(values.overlap_hours) }),
  };
}


/*
 * The common shapes of cron expressions, so that they can be told in words and edited without cron.
 * What has no such shape is shown as it stands. Pure.
 */
export type CronShape =
  | { shape: "minutes"; every: number }
  | { shape: "hourly"; minute: number }
  | { shape: "hours"; every: number; minute: number }
  | { shape: "times"; times: string[]; weekdays: number[] | undefined }
  | { shape: "monthly"; day: number; time: string };

const ALIASES: Record<string, string> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
};

const NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const MOST_TIMES = 6;

function number(text: string, least: number, most: number): number | undefined {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return value >= least && value <= most ? value : undefined;
}

function step(text: string, most: number): number | undefined {
  return text.startsWith("*/") ? number(text.slice(2), 1, most) : undefined;
}

function list(text: string, most: number): number[] | undefined {
  const values = text.split(",").map((one) => number(one, 0, most));
  return values.every((one) => one !== undefined) ? (values as number[]) : undefined;
}

function weekday(text: string): number | undefined {
  const named = NAMES.indexOf(text.toLowerCase());
  const value = named >= 0 ? named : number(text, 0, 7);
  return value === undefined ? undefined : value % 7;
}

/** "mon-fri,0" -> [1, 2, 3, 4, 5, 0], the week beginning on Monday; `*` is no restriction. */
function weekdays(text: string): number[] | "any" | undefined {
  if (text === "*") {
    return "any";
  }
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const [from, to, more] = part.split("-").map(weekday);
    if (from === undefined || more !== undefined || (part.includes("-") && to === undefined)) {
      return undefined;
    }
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === (to ?? from)) {
        break;
      }
    }
  }
  return days.size === 7 ? "any" : fromMonday([...days]);
}

/** Days of the week in the order of a week that begins on Monday. */
export function fromMonday(days: number[]): number[] {
  return [...days].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
}

export function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

function ofTimes(minutes: number[], hours: number[], week: number[] | undefined): CronShape | undefined {
  const times = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute))).sort();
  return times.length <= MOST_TIMES ? { shape: "times", times, weekdays: week } : undefined;
}

export function readCron(expression: string): CronShape | undefined {
  const clean = expression.trim().toLowerCase();
  const fields = (ALIASES[clean] ?? clean).split(/\s+/);
  const [minute = "", hour = "", day = "", month = "", week = ""] = fields;
  const days = weekdays(week);
  if (fields.length !== 5 || month !== "*" || days === undefined) {
    return undefined;
  }
  const minutes = list(minute, 59);
  const hours = list(hour, 23);
  const oneMinute = minutes?.length === 1 ? minutes[0] : undefined;
  if (day !== "*") {
    const date = number(day, 1, 31);
    return date !== undefined && days === "any" && oneMinute !== undefined && hours?.length === 1
      ? { shape: "monthly", day: date, time: clock(hours[0] ?? 0, oneMinute) }
      : undefined;
  }
  if (minutes && hours) {
    return ofTimes(minutes, hours, days === "any" ? undefined : days);
  }
  if (days !== "any") {
    return undefined;
  }
  const everyMinutes = minute === "*" ? 1 : step(minute, 59);
  if (hour === "*" && everyMinutes !== undefined) {
    return 60 % everyMinutes === 0 ? { shape: "minutes", every: everyMinutes } : undefined;
  }
  if (hour === "*" && oneMinute !== undefined) {
    return { shape: "hourly", minute: oneMinute };
  }
  const every = step(hour, 23);
  return every !== undefined && oneMinute !== undefined && 24 % every === 0
    ? { shape: "hours", every, minute: oneMinute }
    : undefined;
}

/** First and last of days that follow one another, three at least: Monday to Friday. */
export function asRange(days: number[]): [number, number] | undefined {
  const first = days[0];
  const last = days[days.length - 1];
  const follow = days.every((day, at) => at === 0 || day === ((days[at - 1] ?? 0) + 1) % 7);
  return first !== undefined && last !== undefined && days.length >= 3 && follow
    ? [first, last]
    : undefined;
}

/** The place whose time it is: "Asia/Jakarta" -> "Jakarta". */
export function placeOf(zone: string): string {
  return zone.slice(zone.lastIndexOf("/") + 1).replace(/_/g, " ");
}

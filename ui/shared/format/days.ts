/*
 * Calendar days as 'YYYY-MM-DD' text and moments as people read them. A day is never turned into a
 * moment of the reader's zone: days belong to the upstream's zone. Pure, apart from `now` defaults.
 */
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const WALL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?$/;
const DAY_MS = 86_400_000;

function dayMs(day: string): number | undefined {
  const match = DAY.exec(day);
  if (!match) {
    return undefined;
  }
  const ms = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return new Date(ms).toISOString().slice(0, 10) === day ? ms : undefined;
}

export function isDay(day: string | null | undefined): day is string {
  return typeof day === "string" && dayMs(day) !== undefined;
}

export function addDays(day: string, days: number): string {
  const ms = dayMs(day);
  return ms === undefined ? day : new Date(ms + days * DAY_MS).toISOString().slice(0, 10);
}

/** From the beginning of one day to the end of another in the reader's zone; nothing without both. */
export function dayRange(
  from: string | null,
  to: string | null,
): { from?: string; to?: string } {
  if (!isDay(from) || !isDay(to) || from > to) {
    return {};
  }
  const begin = (day: string) => new Date(`${day}T00:00:00`).toISOString();
  return { from: begin(from), to: begin(addDays(to, 1)) };
}

/** Today's date in a time zone. */
export function todayIn(zone: string, now: Date = new Date()): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(now);
}

/** Something whose days are those of a zone: a dealer. */
interface Zoned {
  zone?: string | undefined;
}

/** Who is asked about first, before it is known whose days they are; as the services have it. */
const USUAL_ZONE = "Asia/Jakarta";

/** Today at a dealer's. */
export function todayAt(one: Zoned, now: Date = new Date()): string {
  return todayIn(one.zone ?? USUAL_ZONE, now);
}

/** Today where it is latest among these, so that no day of any of them is left out. */
export function latestToday(of: Zoned[], now: Date = new Date()): string {
  const zones = new Set(of.map((one) => one.zone ?? USUAL_ZONE));
  const days = [...zones].map((zone) => todayIn(zone, now)).sort();
  return days[days.length - 1] ?? todayIn(USUAL_ZONE, now);
}

export function formatDay(day: string, locale = "en-GB", withYear = true): string {
  const ms = dayMs(day);
  if (ms === undefined) {
    return day;
  }
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    ...(withYear ? { year: "numeric" } : {}),
    timeZone: "UTC",
  }).format(ms);
}

/** A day with its weekday, for tooltips: "Sun, 22 Nov 2026". */
export function formatLongDay(day: string, locale = "en-GB"): string {
  const ms = dayMs(day);
  if (ms === undefined) {
    return day;
  }
  const weekday = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" }).format(ms);
  return `${weekday}, ${formatDay(day, locale)}`;
}

/** A moment in the reader's zone; a wall-clock text without zone is shown as it stands. */
export function formatMoment(text: string, locale = "en-GB"): string {
  const wall = WALL.exec(text);
  if (wall?.[1] && wall[2]) {
    return `${formatDay(wall[1], locale)}, ${wall[2]}`;
  }
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) {
    return text;
  }
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(date);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** "5 minutes ago"; less than five seconds is "now", so that clocks a bit apart look right. */
export function formatAgo(text: string, now: number = Date.now(), locale = "en-GB"): string {
  const seconds = Math.round((new Date(text).getTime() - now) / 1000);
  if (Number.isNaN(seconds)) {
    return text;
  }
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (seconds > -5) {
    return format.format(0, "second");
  }
  const [unit, size] = STEPS.find(([, step]) => -seconds >= step) ?? ["second", 1];
  return format.format(Math.trunc(seconds / size), unit);
}

/** "in 5 minutes"; what is past, or less than five seconds ahead, is "now". */
export function formatSoon(text: string, now: number = Date.now(), locale = "en-GB"): string {
  const seconds = Math.round((new Date(text).getTime() - now) / 1000);
  if (Number.isNaN(seconds)) {
    return text;
  }
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (seconds < 5) {
    return format.format(0, "second");
  }
  const [unit, size] = STEPS.find(([, step]) => seconds >= step) ?? ["second", 1];
  // "tomorrow" for what comes 26 hours from now may be wrong by a day: days are counted.
  const count = Math.trunc(seconds / size);
  return unit === "day"
    ? new Intl.RelativeTimeFormat(locale, { numeric: "always" }).format(count, unit)
    : format.format(count, unit);
}

/** A range of days, without saying month or year twice: "17 – 23 Nov 2026". */
export function formatDays(from: string, to: string, locale = "en-GB"): string {
  const first = dayMs(from);
  const last = dayMs(to);
  if (first === undefined || last === undefined) {
    return `${from} – ${to}`;
  }
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  }).formatRange(first, last);
}

/** First and last instant of a window of wall-clock times, shown as days where it covers whole ones. */
export function formatWindow(from: string, to: string, locale = "en-GB"): string {
  const first = from.slice(0, 10);
  const last = to.slice(0, 10);
  const whole = /[T ]00:00(:00)?$/.test(from) && /[T ]23:59(:59)?$/.test(to);
  if (whole || (isDay(from) && isDay(to))) {
    return formatDays(first, last, locale);
  }
  const begin = formatMoment(from, locale);
  return first === last && WALL.test(to)
    ? `${begin} – ${WALL.exec(to)?.[2]}`
    : `${begin} – ${formatMoment(to, locale)}`;
}

/** Seconds between two moments; up to now while the second is missing. */
export function secondsBetween(from: string, to: string | undefined, now = Date.now()): number {
  const end = to === undefined ? now : new Date(to).getTime();
  return Math.max(0, (end - new Date(from).getTime()) / 1000);
}

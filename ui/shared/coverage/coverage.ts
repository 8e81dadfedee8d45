/*
 * Months and days of coverage, and how the keyboard moves among them. Pure.
 */
import type { CoveredDay } from "../api/types";
import { addDays } from "../format/days";

export type DayState = CoveredDay["state"];

/** Best to worst, as the legend has them. */
export const DAY_STATES: DayState[] = [
  "complete",
  "empty",
  "partial",
  "pending",
  "failed",
  "never",
  "lost",
];

const HOLES: DayState[] = ["partial", "failed", "never"];

/** What can still be fetched and is not, or not wholly. */
export function isHole(state: DayState | undefined): boolean {
  return state !== undefined && HOLES.includes(state);
}

/** Stored as far as a day can be that is not over: nothing is missing of it yet. */
export function isSoFar(day: CoveredDay, today: string): boolean {
  return day.day === today && day.state === "partial";
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

export function isMonth(text: string | null | undefined): text is string {
  return typeof text === "string" && MONTH.test(text);
}

export function monthOf(day: string): string {
  return day.slice(0, 7);
}

export function addMonths(month: string, months: number): string {
  const at = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + months;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
}

/** The days of a month until today. */
export function daysOf(month: string, today: string): string[] {
  const days: string[] = [];
  for (let day = `${month}-01`; monthOf(day) === month && day <= today; day = addDays(day, 1)) {
    days.push(day);
  }
  return days;
}

/** How many days are in each state; states without days are left out. */
export function countStates(days: CoveredDay[]): { state: DayState; count: number }[] {
  return DAY_STATES.map((state) => ({
    state,
    count: days.filter((day) => day.state === state).length,
  })).filter((one) => one.count > 0);
}

export interface Place {
  row: number;
  column: number;
}

/** Where a key leads from a place; nothing when it leads nowhere. */
export function step(key: string, from: Place, rows: number, columns: number): Place | undefined {
  const moves: Record<string, Place> = {
    ArrowLeft: { row: from.row, column: from.column - 1 },
    ArrowRight: { row: from.row, column: from.column + 1 },
    ArrowUp: { row: from.row - 1, column: from.column },
    ArrowDown: { row: from.row + 1, column: from.column },
    Home: { row: from.row, column: 0 },
    End: { row: from.row, column: columns - 1 },
  };
  const to = moves[key];
  return to && to.row >= 0 && to.row < rows && to.column >= 0 && to.column < columns ? to : undefined;
}

/*
 * The user form without its looks, and the search over users. Pure.
 */
import type { User, UserChange, UserInput } from "@shared/api/types";
import { ROLES, type Role } from "@shared/session/useMay";

export interface UserValues {
  login: string;
  name: string;
  role: Role;
  all_dealers: boolean;
  dealers: string[];
  /** How a new user signs in first. */
  entry: "link" | "password";
  password: string;
}

export const MAX = { login: 64, name: 200, password: 200 };
const LEAST_PASSWORD = 12;
const LOGIN = /^[A-Za-z0-9._@-]{1,64}$/;

export function firstValues(user: User | undefined): UserValues {
  return {
    login: user?.login ?? "",
    name: user?.name ?? "",
    role: ROLES.find((role) => role === user?.role) ?? "viewer",
    all_dealers: user?.all_dealers ?? false,
    dealers: user?.dealers ?? [],
    entry: "link",
    password: "",
  };
}

export function isLogin(text: string): boolean {
  return LOGIN.test(text.trim());
}

export function isPassword(text: string): boolean {
  return [...text].length >= LEAST_PASSWORD;
}

export function toInput(values: UserValues): UserInput {
  return {
    login: values.login.trim(),
    ...(values.name.trim() && { name: values.name.trim() }),
    role: values.role,
    all_dealers: values.all_dealers,
    dealers: values.all_dealers ? [] : values.dealers,
    ...(values.entry === "password" && { password: values.password }),
  };
}

const same = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && [...a].sort().join() === [...b].sort().join();

/** Only what changed, so that two people who change different things do not undo each other. */
export function toChange(values: UserValues, user: User): UserChange {
  const change: UserChange = {};
  const dealers = values.all_dealers ? [] : values.dealers;
  if (values.name.trim() !== user.name) {
    change.name = values.name.trim();
  }
  if (values.role !== user.role) {
    change.role = values.role;
  }
  if (values.all_dealers !== user.all_dealers) {
    change.all_dealers = values.all_dealers;
  }
  if (!same(dealers, user.dealers)) {
    change.dealers = dealers;
  }
  if (values.password) {
    change.password = values.password;
  }
  return change;
}

export const STATES = ["active", "locked", "inactive"] as const;
export type UserState = (typeof STATES)[number];

export function stateOf(user: User): UserState {
  return !user.is_active ? "inactive" : user.locked_until ? "locked" : "active";
}

export interface UserFilter {
  q: string;
  role: string | undefined;
  state: string | undefined;
}

export function matches(user: User, { q, role, state }: UserFilter): boolean {
  const word = q.toLowerCase();
  return (
    (!word || [user.login, user.name].some((text) => text.toLowerCase().includes(word))) &&
    (!role || user.role === role) &&
    (!state || stateOf(user) === state)
  );
}

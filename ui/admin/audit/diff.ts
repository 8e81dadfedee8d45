/*
 * Before and after of an entry of the audit trail, field by field. Pure.
 */
export interface FieldDiff {
  field: string;
  before: string | undefined;
  after: string | undefined;
  /** Of a secret only a hash is kept: it shows that it changed, not what it is. */
  secret: boolean;
}

type Row = Record<string, unknown>;

/** The object of a JSON text; one that is none (cut, because it was long) is shown as it stands. */
function read(text: string | undefined): Row | undefined {
  if (text === undefined) {
    return undefined;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Row)
      : { "": value };
  } catch {
    return { "": text };
  }
}

function show(value: unknown): string | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value === "string") {
    return value;
  }
  return Array.isArray(value) && value.every((item) => typeof item !== "object")
    ? value.join(", ")
    : JSON.stringify(value);
}

const HASH = /^sha256:[0-9a-f]+$/;

export function isHash(value: string | undefined): boolean {
  return value !== undefined && HASH.test(value);
}

/** Every field of either side in the order of their names; those that stand nowhere are left out. */
export function diffOf(before: string | undefined, after: string | undefined): FieldDiff[] {
  const [old, fresh] = [read(before), read(after)];
  const names = new Set([...Object.keys(old ?? {}), ...Object.keys(fresh ?? {})]);
  return [...names]
    .sort()
    .map((field) => {
      const [was, is] = [show(old?.[field]), show(fresh?.[field])];
      return { field, before: was, after: is, secret: isHash(was) || isHash(is) };
    })
    .filter(({ before: was, after: is }) => was !== undefined || is !== undefined);
}

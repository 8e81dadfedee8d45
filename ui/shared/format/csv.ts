/*
 * A table as CSV (RFC 4180), for spreadsheets: with a byte order mark, since those guess the encoding
 * otherwise, and without a cell that they would run as a formula. Pure.
 */
export type CsvCell = string | number;

/** What begins like a formula gets a quote before it; a number stays one, negative too. */
function cell(value: CsvCell): string {
  if (typeof value === "number") {
    return String(value);
  }
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv(head: string[], rows: CsvCell[][]): string {
  return `\uFEFF${[head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** A name that every file system takes: "Unit types" of 12284 -> "unit-types-12284.csv". */
export function fileName(parts: string[], ending: string): string {
  const name = parts
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${name || "table"}.${ending}`;
}

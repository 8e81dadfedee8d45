/*
 * A file of labels as spreadsheets write it, made into the lines that the server takes: list, code, label,
 * Indonesian label, with commas between. Every line keeps its number, so that an error finds it again. Pure.
 */
export const MOST_BYTES = 300_000;
export const SHOWN_LINES = 5;

/** Why a file can't be sent. */
export type FileFault = "empty" | "long" | "mixed" | "encoding";

export interface LabelFile {
  /** What is sent. */
  csv: string;
  /** Labels in it, without head and empty lines. */
  count: number;
  /** The first of them, by the number of their lines. */
  first: { line: number; cells: string[] }[];
}

/** The cells of a line; nothing where a quote is not closed, or something follows a closed one. */
function cellsOf(line: string, mark: string): string[] | undefined {
  const cells: string[] = [];
  let rest = line;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const end = quoted ? quoted[0].length : rest.indexOf(mark) < 0 ? rest.length : rest.indexOf(mark);
    if (!quoted && rest.startsWith('"')) {
      return undefined;
    }
    cells.push(quoted ? (quoted[1] ?? "").replaceAll('""', '"') : rest.slice(0, end));
    if (end === rest.length) {
      return cells;
    }
    if (rest[end] !== mark) {
      return undefined;
    }
    rest = rest.slice(end + 1);
  }
}

const written = (cell: string) => (/[",;]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

const isHead = (cells: string[] | undefined) => cells?.[0] === "list" || cells?.[0] === "upstream";

/**
 * Reads a file. Semicolons between cells are what some languages' spreadsheets write. The page's own
 * download names the upstream first: that column goes, if it names no more than one.
 */
export function readLabels(text: string): LabelFile | FileFault {
  if (text.includes("\uFFFD")) {
    return "encoding";
  }
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const mark = /[,;]/.exec(lines[0] ?? "")?.[0] ?? ",";
  const read = lines.map((line) => cellsOf(line, mark));
  const named = read[0]?.[0] === "upstream";
  const full = (at: number) => (lines[at] ?? "") !== "" && !(at === 0 && isHead(read[0]));
  if (named && new Set(read.filter((_, at) => full(at)).map((cells) => cells?.[0])).size > 1) {
    return "mixed";
  }
  const rows = read.map((cells) => (named ? cells?.slice(1) : cells));
  // A line that can't be read goes as it is: the server says what is wrong with it.
  const csv = rows.map((cells, at) => cells?.map(written).join(",") ?? lines[at]).join("\n");
  const labels = rows.flatMap((cells, at) => (full(at) ? [{ line: at + 1, cells: cells ?? [lines[at] ?? ""] }] : []));
  if (labels.length === 0) {
    return "empty";
  }
  if (new TextEncoder().encode(csv).length > MOST_BYTES) {
    return "long";
  }
  return { csv, count: labels.length, first: labels.slice(0, SHOWN_LINES) };
}

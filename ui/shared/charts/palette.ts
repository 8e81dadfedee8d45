/*
 * Colours of the charts in both schemes. The status colours carry meaning (cool to hot, done, lost)
 * and stay apart for colour-blind readers by lightness too.
 */
export interface Palette {
  text: string;
  muted: string;
  line: string;
  grid: string;
  surface: string;
  accent: string;
  accentFade: string;
  status: Record<string, string>;
  other: string;
  /** The ground of days of which data are missing. */
  gap: string;
}

const LIGHT: Palette = {
  text: "#1f2328",
  muted: "#5b6470",
  line: "#d5d9de",
  grid: "#eceef1",
  surface: "#ffffff",
  accent: "#1f5fae",
  accentFade: "rgba(31, 95, 174, 0.10)",
  status: { "1": "#8fb8e8", "2": "#f0b429", "3": "#e0592a", "4": "#1f8a5b", "5": "#7b8794" },
  other: "#b8bfc8",
  gap: "rgba(123, 135, 148, 0.22)",
};

const DARK: Palette = {
  text: "#e6e8eb",
  muted: "#a3aab3",
  line: "#454a51",
  grid: "#33373c",
  surface: "#242629",
  accent: "#6aa9f0",
  accentFade: "rgba(106, 169, 240, 0.16)",
  status: { "1": "#7fabdf", "2": "#e5b341", "3": "#ea7348", "4": "#3fae7d", "5": "#8b96a3" },
  other: "#5d646d",
  gap: "rgba(163, 170, 179, 0.22)",
};

export function paletteOf(dark: boolean): Palette {
  return dark ? DARK : LIGHT;
}

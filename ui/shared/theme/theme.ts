/*
 * The look of both applications: one accent colour, calm greys, tabular figures. Colours reach
 * WCAG AA against their background in both schemes.
 */
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const brand: MantineColorsTuple = [
  "#eaf3fd",
  "#d3e4f7",
  "#a5c7ee",
  "#74a9e6",
  "#4d8fde",
  "#3580da",
  "#2673d0",
  "#1f5fae",
  "#17508f",
  "#0e4079",
];

/** The header of a dialog is no header of the page, which `<header>` would say. */
const DIALOG = {
  styles: { title: { fontWeight: 650 } },
  attributes: { header: { role: "presentation" } },
};

export const theme = createTheme({
  primaryColor: "brand",
  primaryShade: { light: 7, dark: 7 },
  colors: { brand },
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: "650", sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.125rem" } } },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { multiline: true, maw: 300, withArrow: true, openDelay: 150 } },
    Table: { defaultProps: { verticalSpacing: "xs", horizontalSpacing: "sm" } },
    Modal: { defaultProps: { centered: true, radius: "lg", ...DIALOG } },
    Drawer: { defaultProps: DIALOG },
  },
});

/**
 * Where the library's own shades are too faint to read, ours: 4.5 to 1 at least. The `light`
 * colours are the words on tinted badges and notices.
 */
export const colours: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#59626d",
    "--mantine-color-placeholder": "#69727d",
    "--mantine-color-yellow-light-color": "#7a4f00",
    "--mantine-color-orange-light-color": "#9a3d06",
    "--mantine-color-red-light-color": "#b32020",
    "--mantine-color-teal-light-color": "#0a6b4d",
    "--mantine-color-blue-light-color": "#1a56a0",
    "--mantine-color-error": "#c92a2a",
  },
  dark: {
    "--mantine-color-text": "#d8dbdf",
    "--mantine-color-dimmed": "#a3aab3",
    "--mantine-color-placeholder": "#969da6",
    "--mantine-color-error": "#ff8787",
  },
});

export const SCHEME_KEY = "dealer-dashboard-colour-scheme";

/*
 * The look of both applications: one accent colour, calm greys, tabular figures. Colours reach
 * WCAG AA against their background in both schemes.
 */
import { createTheme, type MantineColorsTuple } from "@mantine/core";

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
    Modal: { defaultProps: { centered: true, radius: "lg" } },
  },
});

export const SCHEME_KEY = "dealer-dashboard-colour-scheme";

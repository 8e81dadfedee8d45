/*
 * One configuration for both applications: `vite build analytics` and `vite build admin` give the
 * root folder on the command line. Asset URLs are relative, so that a built page works under any
 * base path behind a proxy, and no asset is inlined, so that the strict CSP of the gateway holds.
 */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/*
 * What nearly every page needs is one file: dozens of tiny ones compress badly. From how many chunks on a module is in
 * it, and which are not, is what makes each application's first page smallest: the Admin Panel's does without inputs.
 * Words that come with a page stay with it: they are added to those of the start, which must have been there before.
 */
const analytics = process.argv.includes("analytics");
const TEXTS = String.raw`/texts(\.ts|/)`;
const INPUTS = "components/(Combobox|Select|MultiSelect|Pill|PillsInput|Table|Radio|Checkbox|Chip)/|@mantine/(form|dates)";
const BASE = {
  name: "base",
  minShareCount: analytics ? 3 : 12,
  test: new RegExp(`^(?!.*(${analytics ? TEXTS : `${TEXTS}|${INPUTS}`})).*$`),
};
const api = process.env["DD_DEV_API"] ?? "http://127.0.0.1:8501";

export default defineConfig({
  base: "./",
  publicDir: here("./shared/public"),
  plugins: [react()],
  resolve: { alias: { "@shared": here("./shared") } },
  css: { postcss: { plugins: [] } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 800,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: {
      output: { codeSplitting: { groups: [BASE] } },
    },
  },
  server: { proxy: { "/api": api, "/health": api } },
  test: { root: here("."), include: ["{analytics,admin,shared}/**/*.test.ts"], environment: "node" },
});

/*
 * One configuration for both applications: `vite build analytics` and `vite build admin` give the
 * root folder on the command line. Asset URLs are relative, so that a built page works under any
 * base path behind a proxy, and no asset is inlined, so that the strict CSP of the gateway holds.
 */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** From how many chunks on a module is in the one file that all pages share: what makes each first page smallest. */
const shared = process.argv.includes("analytics") ? 3 : 12;
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
    // What nearly every page needs is one file: dozens of tiny ones compress badly. Words that come with a
    // page stay with it: they are added to those of the start, which must have been there before.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "base", minShareCount: shared, test: /^(?!.*\/texts(\.ts|\/))/ }] } },
    },
  },
  server: { proxy: { "/api": api, "/health": api } },
  test: { root: here("."), include: ["{analytics,admin,shared}/**/*.test.ts"], environment: "node" },
});

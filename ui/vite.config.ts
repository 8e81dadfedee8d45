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
 * All that an application's first page needs is one file, and what most of the others share is another: dozens of tiny
 * files compress badly, and come late over six connections. Words that come with a page stay with it: they are added
 * to those of the start, which must have been there before.
 */
const GROUPS = [
  { name: "start", tags: ["$initial" as const], priority: 2 },
  { name: "base", minShareCount: 3, test: /^(?!.*texts(\.ts|\/)).*$/, priority: 1 },
];
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
      output: { codeSplitting: { groups: GROUPS } },
    },
  },
  server: { proxy: { "/api": api, "/health": api } },
  test: { root: here("."), include: ["{analytics,admin,shared}/**/*.test.ts"], environment: "node" },
});

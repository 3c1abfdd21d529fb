// How the app is bundled: hashed files only, nothing inlined, so that a strict Content-Security-Policy holds.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: ["es2022", "chrome100", "firefox114", "safari15.4"],
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Read by build/parts.mjs, and not part of the app.
    manifest: true,
  },
  worker: { format: "es" },
  test: { include: ["src/**/*.test.ts", "build/**/*.test.mjs"], environment: "node" },
});

// How the app is bundled: hashed files only, nothing inlined, so that a strict Content-Security-Policy holds.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const MAIN = new URL("src/main.ts", import.meta.url).pathname;
const ICON = new URL("src/parts/Icon.svelte", import.meta.url).pathname;

interface Modules {
  getModuleInfo(id: string): { importers: readonly string[] } | null;
}

/** Whether what starts the app imports it, by whatever way that does not wait for a tap. */
function isFirst(id: string, modules: Modules, seen = new Set<string>()): boolean {
  seen.add(id);
  const importers = modules.getModuleInfo(id)?.importers ?? [];
  return importers.some((by) => by === MAIN || (!seen.has(by) && isFirst(by, modules, seen)));
}

/** The icons are the set's, the part that draws each is ours. */
const ownIcon = {
  name: "own-icon",
  enforce: "pre" as const,
  resolveId: (source: string, importer: string | undefined) => (source === "../Icon.svelte" && importer?.includes("/@lucide/svelte/") === true ? ICON : null),
};

export default defineConfig({
  plugins: [ownIcon, svelte()],
  build: {
    target: ["es2022", "chrome100", "firefox114", "safari15.4"],
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // One file for all that a first visit needs: forty small ones take a phone far away from the server seven rounds.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: (id: string, modules: Modules) => (isFirst(id, modules) ? "first" : null) }] } } },
    // Read by build/parts.mjs, and not part of the app.
    manifest: true,
  },
  worker: { format: "es" },
  test: { include: ["src/**/*.test.ts", "build/**/*.test.mjs"], environment: "node" },
});

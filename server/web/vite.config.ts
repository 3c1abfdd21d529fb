// How the app is bundled: hashed files only, nothing inlined, so that a strict Content-Security-Policy holds.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const MAIN = new URL("src/main.ts", import.meta.url).pathname;

interface Modules {
  getModuleInfo(id: string): { importers: readonly string[] } | null;
}

/** Whether what starts the app imports it, by whatever way that does not wait for a tap. */
function isFirst(id: string, modules: Modules, seen = new Set<string>()): boolean {
  seen.add(id);
  const importers = modules.getModuleInfo(id)?.importers ?? [];
  return importers.some((by) => by === MAIN || (!seen.has(by) && isFirst(by, modules, seen)));
}

/** The shapes of an icon are the set's, what draws them is ours: the set's own part takes a slow phone as long as a line of a list. */
const ownIcon = {
  name: "own-icon",
  enforce: "pre" as const,
  transform: (code: string, id: string) => (/\/@lucide\/svelte\/dist\/icons\/[a-z0-9-]+\.svelte$/.test(id) ? iconOf(code) : null),
};

/** A part that holds the shapes as they are, so that drawing it copies them and reads no markup. */
function iconOf(code: string): string {
  const data = /const iconData = (\{.*\});/.exec(code)?.[1];
  if (data === undefined) throw new Error("the set of icons writes its shapes otherwise now");
  const { node } = JSON.parse(data) as { node: [tag: string, attributes: Record<string, string>][] };
  const shapes = node.map(([tag, attributes]) => `<${tag} ${Object.entries(attributes).map(([name, value]) => `${name}="${value}"`).join(" ")} />`);
  return `<script>const { size = 24, class: more = "" } = $props();</script>
<svg class="lucide-icon {more}" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${shapes.join("")}</svg>`;
}

export default defineConfig({
  plugins: [ownIcon, svelte()],
  build: {
    target: ["es2022", "chrome100", "firefox114", "safari15.4"],
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // One file for all that a first visit needs: forty small ones take a phone far away from the server seven rounds. One more
    // for what several screens share: by themselves thirty pieces of a kilobyte, each loaded and kept apart.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: (id: string, modules: Modules) => (isFirst(id, modules) ? "first" : null) },
            { name: "shared", minShareCount: 2 },
          ],
        },
      },
    },
    // Read by build/parts.mjs, and not part of the app.
    manifest: true,
  },
  worker: { format: "es" },
  test: { include: ["src/**/*.test.ts", "build/**/*.test.mjs"], environment: "node" },
});

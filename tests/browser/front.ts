// The app as just built, in front of a server program that may have an older one inside.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Change } from "./proxy";

/** Gives each file of the app in `dist`, whatever the server has. */
export function appOf(dist: string): Change {
  return (path) => {
    const file = join(dist, path === "/" ? "index.html" : path.replace(/\?.*$/, ""));
    return /^\/(assets\/|[a-z0-9-]+\.(js|svg|png|webmanifest)$|$)/.test(path) && existsSync(file) ? readFileSync(file) : undefined;
  };
}

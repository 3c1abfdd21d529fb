// Draws the PNG icons that phones ask for from public/icon.svg and plan.svg; run it by hand when the drawing changes.
// Needs Chromium: `node build/icons.mjs [/usr/bin/chromium]`.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, web } from "./place.mjs";

const chromium = process.argv[2] ?? "/usr/bin/chromium";
for (const kind of ["icon", "plan"]) {
  const drawing = readFileSync(join(web, `public/${kind}.svg`), "utf8");
  // Phones cut these to their own shape: the ground goes to the edge and the drawing keeps to the middle.
  const square = drawing.replace('rx="14"', 'rx="0"');
  const inset = square.replace(/(<rect[^>]+>)/, '$1<g transform="translate(8 8) scale(.75)">').replace("</svg>", "</g></svg>");
  draw(`${kind}-192.png`, drawing, 192);
  draw(`${kind}-512.png`, drawing, 512);
  draw(`${kind}-180.png`, square, 180);
  draw(`${kind}-mask-512.png`, inset, 512);
}

function draw(name, svg, size) {
  const folder = mkdtempSync(join(tmpdir(), "porchlight-icon-"));
  const page = join(folder, "icon.html");
  writeFileSync(page, `<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"];
  const done = spawnSync(chromium, [
    ...flags,
    "--default-background-color=00000000",
    `--user-data-dir=${join(folder, "profile")}`,
    `--window-size=${size},${size}`,
    `--screenshot=${join(web, "public", name)}`,
    `file://${page}`,
  ]);
  if (done.status !== 0) fail(`Chromium could not draw ${name}`);
}

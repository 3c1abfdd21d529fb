// What the runs of all peers come to: a line for each figure, with medians and how Porchlight stands to the best peer.

export const OURS = "porchlight";

/** The figures that are told, by workload and part: what it is, the harness's name for it, its unit. */
const FIGURES = [
  ["w1", "", "an edit reaches all, p50", "all50_p50_ms", "ms"],
  ["w1", "", "an edit reaches all, p99", "all50_p99_ms", "ms"],
  ["w1", "", "server processor per edit", "server_cpu_ms_per_edit", "ms"],
  ["w2", "W2 cold server", "joining, server just started", "wall_ms", "ms"],
  ["w2", "W2 cold server", "joining: received", "down_kb", "KiB"],
  ["w2", "W2 warm server", "joining, server warm", "wall_ms", "ms"],
  ["w2", "W2b reconnect", "coming back", "wall_ms", "ms"],
  ["w2", "W2b reconnect", "coming back: received", "down_kb", "KiB"],
  ["w2", "W2b reconnect", "coming back: sent", "up_kb", "KiB"],
  ["w3", "", "all have all", "converge_s", "s"],
  ["w3", "", "server processor", "server_cpu_s", "s"],
  ["w3", "", "server store per change", "disk_bytes_per_change", "bytes"],
  ["w4", "", "server memory per connection, document open", "open_kb_per_conn", "KiB"],
  ["w4", "", "on the wire per idle connection", "open_idle_wire_bytes_per_conn_s", "bytes/s"],
  ["w5", "", "kept after kill -9, in percent", /^kept_of_(\d+)_at_(\d+)ms$/, "%"],
  ["w6", "W6 cold", "joining, server just started", "wall_ms", "ms"],
  ["w6", "W6 cold", "joining: received", "down_kb", "KiB"],
  ["w6", "W6 warm", "joining, server warm", "wall_ms", "ms"],
];

/** Of these more is better. */
const MORE_IS_BETTER = new Set(["%"]);

/** The table as lines of Markdown, from the harness's results of all runs. */
export function table(results, peers) {
  const lines = [
    `| | figure | ${peers.join(" | ")} | ${OURS} / best peer |`,
    `|---|---|${peers.map(() => "---:|").join("")}---:|`,
  ];
  for (const [workload, part, what, key, unit] of FIGURES) {
    const parts = results.filter((result) => result.workload === workload && (result.part ?? "") === part);
    if (parts.length === 0) continue;
    const medians = peers.map((peer) => median(valuesOf(parts, peer, key)));
    const cells = peers.map((peer, index) => cell(medians[index], parts, peer));
    lines.push(`| ${workload.toUpperCase()} | ${what} (${unit}) | ${cells.join(" | ")} | ${ratio(peers, medians, unit)} |`);
  }
  return lines;
}

function valuesOf(results, peer, key) {
  const rows = results.filter((result) => result.peer === peer).flatMap((result) => result.rows);
  if (typeof key === "string") return rows.map((row) => row[key]).filter((value) => typeof value === "number");
  return rows.flatMap((row) =>
    Object.entries(row).flatMap(([name, value]) => {
      const match = key.exec(name);
      return match === null ? [] : [(value / Number(match[1])) * 100];
    }),
  );
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** The number; where fewer changes could be made in time than asked for, how many. */
function cell(value, results, peer) {
  if (value === undefined) return results.some((result) => result.peer === peer) ? "not finished" : "failed";
  const seeds = results.filter((result) => result.peer === peer).map(({ seed }) => seed?.changes);
  const made = Math.min(...seeds.filter((changes) => changes !== undefined));
  const most = Math.max(...results.map(({ seed }) => seed?.changes ?? 0));
  return made < most ? `${short(value)} (${made} changes)` : short(value);
}

function ratio(peers, medians, unit) {
  const ours = medians[peers.indexOf(OURS)];
  const others = medians.filter((value, index) => value !== undefined && peers[index] !== OURS);
  if (ours === undefined || others.length === 0) return "";
  const best = MORE_IS_BETTER.has(unit) ? Math.max(...others) : Math.min(...others);
  return best === 0 ? "" : short(ours / best);
}

function short(value) {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

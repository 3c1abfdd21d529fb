// The real server in a temporary folder: started on a free port, stopped and started again on the same one.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Proxy } from "./proxy";
import { appOf } from "./front";

const PROGRAM = new URL("../../target/debug/porchlight", import.meta.url).pathname;

export class Server {
  private child: ChildProcess | undefined;
  private front: Proxy | undefined;
  private readonly printed: string[] = [];
  private environment: Record<string, string> = {};

  private constructor(
    private readonly folder: string,
    /** Where it listens, such as `http://127.0.0.1:40123`. */
    public url = "",
    /** The link with which groups may be founded. */
    public startLink = "",
  ) {}

  static async start(): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), "porchlight-browser-")));
    await server.run("127.0.0.1:0");
    // To try a change of a screen without building the server: PORCHLIGHT_APP=../../server/web/dist npm test
    const dist = process.env["PORCHLIGHT_APP"];
    if (dist !== undefined) await server.standBehind(await Proxy.before(server), dist);
    return server;
  }

  /** All lines that it printed. */
  get log(): string {
    return this.printed.join("\n");
  }

  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    // One that is frozen ends once it thaws.
    child.kill("SIGCONT");
    await ended;
  }

  /** Answers nothing, and takes nothing in, until it thaws. */
  freeze(): void {
    this.child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.child?.kill("SIGCONT");
  }

  async startAgain(): Promise<void> {
    await this.run(this.front?.behind ?? new URL(this.url).host);
  }

  /** From now on its clock is so many hours ahead of the phones'. */
  async startAgainLater(hours: number): Promise<void> {
    // What is wrong about a clock is the time of day: waiting takes as long as ever.
    this.environment = { LD_PRELOAD: await faketime(), FAKETIME: `+${hours}h`, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
    await this.startAgain();
  }

  /** Makes all links for starting groups useless, and gives a new one: what its host types, while it runs. */
  async makeOtherLink(): Promise<string> {
    const made = spawn(PROGRAM, ["token", "--data", this.folder, "--revoke-others"], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    made.stdout.on("data", (piece: Buffer) => (printed += piece.toString()));
    await once(made, "close");
    return /(https?:\/\/\S+\/#\/start\/\S+)/.exec(printed)?.[1] ?? "";
  }

  /** Puts a copy of all that it keeps aside, or puts that copy in place of what it keeps now, as after a lost disk. */
  async backUp(what: "keep" | "restore"): Promise<void> {
    await this.stop();
    const copy = `${this.folder}-copy`;
    const [from, to] = what === "keep" ? [this.folder, copy] : [copy, this.folder];
    await rm(to, { recursive: true, force: true });
    await cp(from, to, { recursive: true });
    await this.startAgain();
  }

  /** Loses all that it keeps except its own key, as when its database was emptied, and goes on. */
  async empty(): Promise<void> {
    await this.stop();
    const names = (await readdir(this.folder)).filter((name) => name !== "server.key");
    for (const name of names) await rm(join(this.folder, name), { recursive: true });
    await this.startAgain();
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(`${this.folder}-copy`, { recursive: true, force: true });
    await this.front?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async standBehind(front: Proxy, dist: string): Promise<void> {
    front.changeFiles(appOf(dist));
    this.front = front;
    this.startLink = this.startLink.replace(this.url, front.url);
    this.url = front.url;
  }

  private async run(listen: string): Promise<void> {
    const child = spawn(PROGRAM, ["serve", "--data", this.folder, "--listen", listen], {
      env: { ...process.env, ...this.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    const take = (line: string) => {
      this.printed.push(line);
      this.url = this.front?.url ?? /listening on (http:\/\/\S+)/.exec(line)?.[1] ?? this.url;
      this.startLink = /(https?:\/\/\S+\/#\/start\/\S+)/.exec(line)?.[1] ?? this.startLink;
    };
    createInterface(child.stderr).on("line", take);
    const lines = createInterface(child.stdout);
    const listening = new Promise<void>((resolve, reject) => {
      lines.on("line", (line) => {
        take(line);
        // The link comes after the address, at the first start only.
        if (this.url !== "" && this.startLink !== "") resolve();
      });
      child.once("exit", () => reject(new Error(`the server ended:\n${this.log}`)));
      child.once("error", reject);
    });
    await listening;
  }
}

/** The library that gives a program another clock, as tests/tools/faketime.sh installs it. */
async function faketime(): Promise<string> {
  const folders = (await readdir("/usr/lib")).map((name) => join("/usr/lib", name, "faketime/libfaketime.so.1"));
  const found = [process.env["PORCHLIGHT_FAKETIME"] ?? "", ...folders].find((path) => path !== "" && existsSync(path));
  if (found === undefined) throw new Error("libfaketime is missing: tests/tools/faketime.sh installs it, or set PORCHLIGHT_FAKETIME to its path");
  return found;
}

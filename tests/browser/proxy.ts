// Stands between phones and the server, as a proxy that blocks WebSockets or a host that changes the app's files.

import { connect, type Socket } from "node:net";
import { createServer, request, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Server } from "./server";

/** Gives what is to be sent instead of a file of the app, or in place of one that the server lacks; nothing sends it as it is. */
export type Change = (path: string, body: Buffer) => Buffer | undefined;

/** Gives what a request for a path has to wait for: true lets it through, false breaks it. Nothing: it need not wait. */
export type Gate = (path: string) => Promise<boolean> | undefined;

/** What phones say, or what the server says. */
export type Way = "requests" | "answers";

interface Carried {
  /** What is said before anything that comes. */
  first?: Buffer;
  speaks?: () => void;
  arrives?: () => void;
}

/** What files of the app are, by how their names end. */
const TYPES: Record<string, string> = {
  css: "text/css",
  js: "text/javascript",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
};

/** Passes requests on to the server, and WebSockets until they are blocked. */
export class Proxy {
  private change: Change = () => undefined;
  private gate: Gate = () => undefined;
  /** Paths that are answered with an error. */
  readonly broken = new Set<string>();
  readonly posts: string[] = [];
  private readonly sockets = new Set<Socket>();
  private passesSockets = true;
  private losing: Way | undefined;
  private answer = (piece: Buffer) => piece;
  private latency = 0;
  /** How many pieces were lost, one way or the other. */
  lost = 0;
  /**
   * How often phones began to wait for an answer, in their connections so far: what is said without waiting for an
   * answer counts once, and so does opening a connection.
   */
  roundTrips = 0;

  private constructor(
    /** Where the server listens. */
    private readonly target: string,
    private readonly http: HttpServer,
    readonly url: string,
  ) {}

  static async before(server: Server): Promise<Proxy> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const proxy = new Proxy(server.url, http, `http://127.0.0.1:${(http.address() as AddressInfo).port}`);
    http.on("request", (incoming, outgoing) => void proxy.pass(incoming, outgoing));
    http.on("upgrade", (incoming, socket) => proxy.upgrade(incoming, socket as Socket));
    return proxy;
  }

  /** Host and port of the server behind. */
  get behind(): string {
    return new URL(this.target).host;
  }

  changeFiles(change: Change): void {
    this.change = change;
  }

  holdBack(gate: Gate): void {
    this.gate = gate;
  }

  /** As a network does that lets only plain requests through. */
  blockSockets(): void {
    this.passesSockets = false;
    for (const socket of this.sockets) socket.destroy();
  }

  /** Gives what phones hear in connections, for each piece that the server says. */
  changeAnswers(answer: (piece: Buffer) => Buffer): void {
    this.answer = answer;
  }

  /** From now on it takes so long until an answer to anything is back, in milliseconds. Nothing overtakes what went before. */
  delay(roundTrip: number): void {
    this.latency = roundTrip;
  }

  /** From now on nothing that is sent this way arrives, as on a line that broke without either end noticing. */
  lose(way: Way): void {
    this.losing = way;
  }

  /** The line stands again: what was on its way is lost for good, and phones connect anew. */
  mend(): void {
    this.losing = undefined;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.blockSockets();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  private upgrade(incoming: IncomingMessage, near: Socket): void {
    if (!this.passesSockets) {
      near.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const { hostname, port } = new URL(this.target);
    const far = connect(Number(port), hostname);
    const headers = incoming.rawHeaders.map((part, index) => part + (index % 2 === 0 ? ": " : "\r\n")).join("");
    this.roundTrips += 1;
    let hasHeard = false;
    const opening = Buffer.from(`GET ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
    const speaks = () => {
      if (hasHeard) this.roundTrips += 1;
      hasHeard = false;
    };
    this.carry("requests", near, far, { first: opening, speaks });
    this.carry("answers", far, near, { arrives: () => (hasHeard = true) });
    for (const [one, other] of [[near, far], [far, near]] as const) {
      this.sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }

  /** Hands on what comes, as late as the line makes it, and in the order in which it was sent. */
  private carry(way: Way, from: Socket, to: Socket, on: Carried): void {
    let queue = Promise.resolve();
    const take = (piece: Buffer) => {
      on.speaks?.();
      if (this.losing === way) {
        this.lost += 1;
        return;
      }
      const said = way === "answers" ? this.answer(piece) : piece;
      const sent = pause(this.latency / 2);
      queue = queue.then(() => sent).then(() => {
        if (to.writable) to.write(said);
        on.arrives?.();
      });
    };
    if (on.first !== undefined) take(on.first);
    from.on("data", take);
    from.on("end", () => void queue.then(() => to.end()));
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? "/";
    if (incoming.method === "POST") {
      this.posts.push(path);
      this.roundTrips += 1;
    }
    if (this.broken.has(path) || (await this.gate(path)) === false) {
      outgoing.writeHead(500).end();
      return;
    }
    const body = await read(incoming);
    if (this.latency > 0) await pause(this.latency);
    const headers = { ...incoming.headers, "accept-encoding": "identity", "if-none-match": "" };
    const passed = request(new URL(path, this.target), { method: incoming.method, headers }, (answer) => {
      void read(answer).then((plain) => {
        const changed = this.change(path, plain);
        const sent = changed ?? plain;
        const kept = { ...answer.headers, "content-length": String(sent.length) };
        delete kept["transfer-encoding"];
        if (answer.statusCode === 404 && changed !== undefined) kept["content-type"] = TYPES[path.split(".").at(-1) ?? ""] ?? "image/png";
        outgoing.writeHead(changed === undefined ? (answer.statusCode ?? 500) : 200, kept).end(sent);
      });
    });
    passed.on("error", () => outgoing.writeHead(502).end());
    passed.end(body);
  }
}

/** Nothing is waited for where the line takes no time. */
function pause(milliseconds: number): Promise<void> | undefined {
  return milliseconds === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

// A line between phones and the server that counts what goes over it, every byte of it, and changes nothing.

import { connect, createServer, type AddressInfo, type Server as Listener, type Socket } from "node:net";
import type { Server } from "./server";

export class CountedLine {
  /** Bytes, both ways. */
  bytes = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly listener: Listener,
    readonly url: string,
  ) {}

  static async before(server: Server): Promise<CountedLine> {
    const { hostname, port } = new URL(server.url);
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const line = new CountedLine(listener, `http://127.0.0.1:${(listener.address() as AddressInfo).port}`);
    listener.on("connection", (near) => line.carry(near, connect(Number(port), hostname)));
    return line;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.listener.close(resolve));
  }

  private carry(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on("data", (piece: Buffer) => (this.bytes += piece.length));
      from.on("error", () => to.destroy());
      from.on("close", () => this.sockets.delete(from));
      from.pipe(to);
    }
  }
}

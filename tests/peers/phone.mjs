// The app's core in Node: the loop of server/web/src/device/worker.ts, with a disk in memory.

import { readFileSync } from "node:fs";
import WebSocket from "ws";
import { Core, initSync } from "../../server/web/pkg/core.js";
import { add, beginWith } from "../../server/web/src/device/rest.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The two parts of the core lie beside what this file is built into; see build.mjs. */
const [first, rest] = ["core_bg.wasm", "rest_bg.wasm"].map((file) => readFileSync(new URL(file, import.meta.url)));
beginWith(initSync({ module: first }));
add(new WebAssembly.Module(rest));

export class Phone {
  /** So many bytes came and went as frames. */
  carried = 0;
  #core = Core.open([], crypto.getRandomValues(new Uint8Array(32)), Date.now());
  #disk = new Map();
  #sockets = new Map();
  #address;
  #isOnline = false;
  #alarm;
  #news = [];
  #isTelling = false;
  #listeners = new Set();

  /**
   * A phone that reaches every server at this address: a measurement starts one and the same server on many ports, and
   * behind proxies. Which server it is, the core knows by its key.
   */
  constructor(address) {
    this.#address = address;
    this.#turn(() => {});
  }

  goOnline() {
    this.#isOnline = true;
    this.#turn((core) => core.connect(Date.now()));
  }

  goOffline() {
    this.#isOnline = false;
    for (const link of [...this.#sockets.keys()]) this.#lose(link, "offline");
  }

  /** Ends it for good. */
  end() {
    this.goOffline();
    clearTimeout(this.#alarm);
    this.#core?.free();
    this.#core = undefined;
    this.#listeners.clear();
  }

  /** Asks the core as a screen does. Fails with what the core says is wrong. */
  ask(request) {
    let answer;
    this.#turn((core) => {
      answer = JSON.parse(core.perform(JSON.stringify(request), new Uint8Array(), Date.now()));
    });
    if (answer === undefined) throw new Error("the phone was ended");
    if (!answer.ok) throw new Error(JSON.stringify(answer.fault));
    return answer.value;
  }

  /** The news is told once whatever has arrived by then is taken in. Returns how to stop listening. */
  onNews(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits until `look` finds something, looking whenever there is news. */
  until(look) {
    return new Promise((resolve, reject) => {
      const tryIt = () => {
        try {
          const found = look();
          if (!found) return;
          resolve(found);
        } catch (problem) {
          reject(problem);
        }
        stop();
      };
      const stop = this.onNews(tryIt);
      tryIt();
    });
  }

  /** One input, and all that follows from it. */
  #turn(input) {
    if (this.#core === undefined) return;
    input(this.#core);
    for (let output; (output = this.#core.pollOutput()) !== undefined; ) this.#carryOut(output);
  }

  #carryOut(output) {
    switch (output.kind) {
      case "persist":
      case "keep":
        for (const { key, value } of output.writes) {
          const name = Buffer.from(key).toString("latin1");
          if (value === undefined) this.#disk.delete(name);
          else this.#disk.set(name, value);
        }
        break;
      case "connect":
        this.#connect(output.link);
        break;
      case "send":
        this.carried += output.frame.length;
        this.#sockets.get(output.link)?.send(output.frame);
        break;
      case "close":
        this.#drop(output.link);
        break;
      case "wakeAt":
        clearTimeout(this.#alarm);
        this.#wakeAt(output.time - Date.now());
        break;
      case "event":
        this.#news.push(JSON.parse(output.news));
        this.#tellSoon();
        break;
    }
  }

  #wakeAt(rest) {
    const tick = () => this.#turn((core) => core.tick(Date.now()));
    // As in the app: after what has arrived already, and without the timer's milliseconds.
    if (rest <= 0) setImmediate(tick);
    else this.#alarm = setTimeout(tick, Math.min(rest, LONGEST_TIMER_MS));
  }

  #connect(link) {
    if (!this.#isOnline) {
      setImmediate(() => this.#turn((core) => core.closed(link, "offline", Date.now())));
      return;
    }
    const socket = new WebSocket(`${this.#address.replace(/^http/, "ws")}/sync`, { perMessageDeflate: false });
    this.#sockets.set(link, socket);
    const isCurrent = () => this.#sockets.get(link) === socket;
    socket.on("open", () => isCurrent() && this.#turn((core) => core.opened(link, Date.now())));
    socket.on("message", (frame) => {
      if (!isCurrent()) return;
      this.carried += frame.length;
      this.#turn((core) => core.received(link, frame, Date.now()));
    });
    socket.on("error", (problem) => isCurrent() && this.#lose(link, problem.message));
    socket.on("close", (code) => isCurrent() && this.#lose(link, `closed with ${code}`));
  }

  #lose(link, reason) {
    this.#drop(link);
    this.#turn((core) => core.closed(link, reason, Date.now()));
  }

  #drop(link) {
    const socket = this.#sockets.get(link);
    this.#sockets.delete(link);
    // Closed in the middle of connecting it complains, to nobody who listens.
    socket?.on("error", () => {});
    socket?.close();
  }

  /** Screens are other threads: while they ask, more has arrived. */
  #tellSoon() {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      const news = this.#news.splice(0);
      for (const listener of [...this.#listeners]) listener(news);
    });
  }
}

import { afterAll, beforeAll } from "vitest";
import { createSwitchboard, type Switchboard, type SwitchboardOptions } from "../src/server.ts";
import type { Frame } from "./harness.ts";

const patienceMs = 20_000;

/** A real server for the tests of one file, on a port of its own; nothing is kept on disk. */
export class RealServer {
  #switchboard: Switchboard | undefined;
  readonly #sockets = new Set<WebSocket>();

  /** Starts before the file's tests, and is closed after them. */
  constructor(options: SwitchboardOptions = {}) {
    beforeAll(async () => {
      this.#switchboard = await createSwitchboard({
        port: 0,
        dataDir: ":memory:",
        log: "silent",
        drainMs: 0,
        ...options,
      });
    });
    afterAll(async () => {
      for (const socket of this.#sockets) socket.close();
      await this.#switchboard?.close();
    });
  }

  /** The address of this path, with http: (or another scheme). */
  url(path: string, scheme = "http:"): string {
    if (this.#switchboard === undefined) throw new Error("the server is not up yet");
    const url = new URL(path, this.#switchboard.url);
    url.protocol = scheme;
    return url.href;
  }

  /** Asks the server; the body is sent as it stands if it is a text, else as JSON. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
    readonly body: Frame;
  }> {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(this.url(path), {
      method,
      headers,
      ...(text !== undefined && { body: text }),
      redirect: "manual",
    });
    const answer = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    return {
      status: response.status,
      headers: response.headers,
      text: answer,
      body: isJson ? (JSON.parse(answer) as Frame) : {},
    };
  }

  /** Opens a socket, which may be refused. */
  open(
    path = "/ws",
    options: { readonly protocols?: string[]; readonly headers?: Record<string, string> } = {},
  ): Peer {
    const peer = new Peer(new WebSocket(this.url(path, "ws:"), options));
    this.#sockets.add(peer.socket);
    return peer;
  }

  /** A client that was welcomed and follows these crmIds. */
  async welcome(...crmIds: string[]): Promise<Peer> {
    const peer = this.open();
    await peer.opened;
    peer.say({ type: "hello", crmIds });
    await peer.next("welcome");
    return peer;
  }
}

/** A client on a real socket. */
export class Peer {
  readonly socket: WebSocket;
  readonly opened: Promise<void>;
  /** The code of the connection's end. */
  readonly closed: Promise<number>;
  /** What was heard and not taken yet. */
  readonly heard: Frame[] = [];
  /** The code of the connection's end, once it has come. */
  ended: number | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.opened = new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("close", ({ code }) =>
        reject(new Error(`closed with ${code} before it opened`)),
      );
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
    socket.addEventListener("message", ({ data }) => {
      this.heard.push(JSON.parse(String(data)) as Frame);
      this.#look();
    });
    socket.addEventListener("close", ({ code }) => {
      this.ended = code;
      this.#look();
    });
  }

  say(frame: string | Frame | Uint8Array<ArrayBuffer>): void {
    this.socket.send(
      typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame),
    );
  }

  /** Resolves when what was heard, or the connection's end, makes it so. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        reject(
          new Error(
            `waited in vain for ${isSo.toString()}; heard ${JSON.stringify(this.heard).slice(0, 2_000)}`,
          ),
        );
      }, patienceMs);
      const watcher = () => {
        if (!isSo()) return;
        clearTimeout(giveUp);
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  /** The next frame of this type; those before it are passed over. */
  async next(type: string): Promise<Frame> {
    const place = () => this.heard.findIndex((frame) => frame["type"] === type);
    await this.until(() => place() !== -1);
    return this.heard.splice(0, place() + 1).at(-1) as Frame;
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

import { afterAll, beforeAll } from "vitest";
import { createSwitchboard, type Switchboard, type SwitchboardOptions } from "../src/server.ts";
import type { Frame } from "./harness.ts";
import { Peer } from "./peer.ts";

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

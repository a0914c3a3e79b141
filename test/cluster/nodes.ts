import {
  createSwitchboard,
  type Switchboard,
  type SwitchboardOptions,
} from "../../apps/server/src/server.ts";
import type { Frame } from "../../apps/server/test/harness.ts";
import { NatsServer } from "../../apps/server/test/nats-server.ts";
import { Peer } from "../../apps/server/test/peer.ts";

/** Several nodes in this process, on one NATS server. All of it ends with the block. */
export class Nodes implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly nodes: readonly Switchboard[];
  readonly #headers: Readonly<Record<string, string>>;
  readonly #sockets: WebSocket[] = [];

  private constructor(
    nats: NatsServer,
    nodes: readonly Switchboard[],
    headers: Readonly<Record<string, string>>,
  ) {
    this.nats = nats;
    this.nodes = nodes;
    this.#headers = headers;
  }

  /**
   * Starts so many; resolves when they know each other. @param headers what is sent with each request
   * @param access what the NATS server is started with, how it is logged in there (`user:password@`), and which program it is
   */
  static async start(
    count: number,
    options: SwitchboardOptions = {},
    headers: Readonly<Record<string, string>> = {},
    access: {
      readonly args: readonly string[];
      readonly login: string;
      readonly program?: string | undefined;
    } = { args: [], login: "" },
  ): Promise<Nodes> {
    const nats = await NatsServer.start(access.args, access.program);
    const settings = {
      port: 0,
      engine: "nats" as const,
      natsUrl: [new URL(nats.url.replace("//", `//${access.login}`))],
      log: "silent" as const,
      drainMs: 0,
      ...options,
    };
    const nodes = await Promise.all(Array.from({ length: count }, () => createSwitchboard(settings)));
    const all = new Nodes(nats, nodes, headers);
    for (const [i] of nodes.entries())
      while ((await all.ask(i, "GET", "/api/v1/status")).body["nodes"] !== count) await Bun.sleep(20);
    return all;
  }

  /** A client of a node that was welcomed. */
  async welcome(
    node: number,
    hello: Frame = {},
  ): Promise<Peer & { readonly id: string; readonly resume: string }> {
    const url = new URL("/ws", this.#node(node).url);
    url.protocol = "ws:";
    const peer = new Peer(new WebSocket(url));
    this.#sockets.push(peer.socket);
    await peer.opened;
    peer.say({ type: "hello", ...hello });
    const { session, resume } = await peer.next("welcome");
    return Object.assign(peer, { id: String(session), resume: String(resume) });
  }

  /** Asks a node over HTTP. */
  async ask(node: number, method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const response = await fetch(new URL(path, this.#node(node).url), {
      method,
      headers: { ...this.#headers, ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Frame };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await Promise.all(this.nodes.map((node) => node.close()));
    await this.nats[Symbol.asyncDispose]();
  }

  #node(place: number): Switchboard {
    const node = this.nodes[place];
    if (node === undefined) throw new Error(`there is no node ${place}`);
    return node;
  }
}

import { createServer, type Server, type Socket } from "node:net";
import type { Fate, ProxyCounts } from "./fate.ts";
import { Link } from "./link.ts";

/** A TCP proxy on loopback that does to connections what networks do. */
export class Proxy implements AsyncDisposable {
  readonly counts: ProxyCounts = {
    connections: 0,
    refused: 0,
    cuts: 0,
    halfCloses: 0,
    silences: 0,
    replays: 0,
    delays: 0,
  };
  readonly #server: Server;
  readonly #targetOf: () => number;
  readonly #fateOf: () => Fate;
  readonly #links = new Set<Link>();
  #isSilent = false;

  private constructor(targetOf: () => number, fateOf: () => Fate) {
    this.#targetOf = targetOf;
    this.#fateOf = fateOf;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** A proxy before a port, or before several of which each connection gets one. @param fateOf asked for each connection */
  static async before(target: number | (() => number), fateOf: () => Fate = () => ({})): Promise<Proxy> {
    const proxy = new Proxy(typeof target === "number" ? () => target : target, fateOf);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Whether nothing goes through any more, in neither direction, for old and new connections. */
  silence(isSilent: boolean): void {
    this.#isSilent = isSilent;
    if (isSilent) return;
    // What went astray meanwhile is missing from these connections.
    for (const link of this.#links) if (link.isDeaf) link.cut();
  }

  /** Cuts those of the connections for which it says so. */
  cut(isMeant: () => boolean = () => true): void {
    for (const link of this.#links) if (isMeant()) link.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
    await Promise.resolve();
  }

  #accept(client: Socket): void {
    this.counts.connections += 1;
    const fate = this.#fateOf();
    if (fate.refuse === true) {
      this.counts.refused += 1;
      client.on("error", () => undefined);
      client.resetAndDestroy();
      return;
    }
    const link = new Link(client, fate, {
      target: this.#targetOf(),
      counts: this.counts,
      isSilent: () => this.#isSilent,
      gone: (ended) => this.#links.delete(ended),
    });
    this.#links.add(link);
  }
}

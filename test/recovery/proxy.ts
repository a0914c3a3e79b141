import { connect, createServer, type Server, type Socket } from "node:net";

/** What befalls one connection. Bytes are counted from both sides together. */
export interface Fate {
  /** The connection is refused: it ends as soon as it was made. */
  readonly refuse?: boolean;
  /** Each part of what is sent comes so much later, in order. */
  readonly delayMs?: () => number;
  /** After so many bytes it is cut, without a word (RST). */
  readonly cutAfter?: number;
  /** After so many bytes the server's half is ended (FIN), or the client's. */
  readonly halfCloseAfter?: { readonly bytes: number; readonly side: "server" | "client" };
  /** After so many bytes nothing goes through any more, though the connection stands. */
  readonly silentAfter?: number;
  /**
   * The attempt to connect is made twice, as by a proxy that tries again: the server sees the same bytes over two connections, and the
   * client hears the second. The first is lost once it has answered so many times.
   */
  readonly replayAfter?: number;
}

/** What happened to connections. */
export interface ProxyCounts {
  connections: number;
  refused: number;
  cuts: number;
  halfCloses: number;
  silences: number;
  replays: number;
  delays: number;
}

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
  readonly #target: number;
  readonly #fateOf: () => Fate;
  readonly #links = new Set<Link>();
  #isSilent = false;

  private constructor(target: number, fateOf: () => Fate) {
    this.#target = target;
    this.#fateOf = fateOf;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  /** A proxy before a port. @param fateOf asked for each connection */
  static async before(target: number, fateOf: () => Fate = () => ({})): Promise<Proxy> {
    const proxy = new Proxy(target, fateOf);
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

  /** Cuts about so much of the connections there are. */
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
    const link = new Link(client, this.#target, fate, this.counts, () => this.#isSilent);
    this.#links.add(link);
    client.on("close", () => this.#links.delete(link));
  }
}

type Side = "client" | "server";

/** One connection through the proxy. */
class Link {
  /** Whether something of it was lost. */
  isDeaf = false;
  readonly #client: Socket;
  #server: Socket;
  readonly #target: number;
  readonly #fate: Fate;
  readonly #counts: ProxyCounts;
  readonly #isSilent: () => boolean;
  /** All that the client has said, as long as it may have to be said again. */
  #said: Buffer[] | undefined;
  #answers = 0;
  #bytes = 0;
  #halfClosed = false;
  #queues = { client: Promise.resolve(), server: Promise.resolve() };

  constructor(client: Socket, target: number, fate: Fate, counts: ProxyCounts, isSilent: () => boolean) {
    this.#client = client;
    this.#target = target;
    this.#fate = fate;
    this.#counts = counts;
    this.#isSilent = isSilent;
    this.#said = fate.replayAfter === undefined ? undefined : [];
    client.on("data", (part: Buffer) => {
      this.#said?.push(part);
      this.#pass(part, "server");
    });
    client.on("end", () => this.#after("server", () => this.#server.end()));
    client.on("error", () => this.cut(false));
    client.on("close", () => this.#server.destroy());
    this.#server = this.#dial();
  }

  /** Ends both sides at once, without a word. */
  cut(isCounted = true): void {
    if (isCounted && !this.#client.destroyed) this.#counts.cuts += 1;
    for (const socket of [this.#client, this.#server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  #dial(): Socket {
    const server = connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true });
    server.on("data", (part: Buffer) => {
      if (this.#said !== undefined && this.#answers++ === this.#fate.replayAfter) this.#replay(this.#said);
      else this.#pass(part, "client");
    });
    server.on("end", () => this.#after("client", () => server === this.#server && this.#client.end()));
    server.on("error", () => server === this.#server && this.cut(false));
    server.on("close", () => server === this.#server && this.#after("client", () => this.#client.destroy()));
    return server;
  }

  /** Says all again over a new connection, and lets the old one go. */
  #replay(said: readonly Buffer[]): void {
    this.#counts.replays += 1;
    const old = this.#server;
    let head: Buffer | undefined = this.#fate.replayAfter === 0 ? undefined : Buffer.alloc(0);
    this.#said = undefined;
    const server = connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true });
    this.#server = server;
    old.resetAndDestroy();
    for (const part of said) server.write(part);
    server.on("data", (part: Buffer) => {
      // The client has had the answer to its upgrade from the first connection.
      if (head === undefined) return this.#pass(part, "client");
      head = Buffer.concat([head, part]);
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      const rest = head.subarray(end + 4);
      head = undefined;
      if (rest.length > 0) this.#pass(rest, "client");
    });
    server.on("end", () => this.#after("client", () => this.#client.end()));
    server.on("error", () => this.cut(false));
    server.on("close", () => this.#after("client", () => this.#client.destroy()));
  }

  #pass(part: Buffer, to: Side): void {
    const { cutAfter = Infinity, silentAfter = Infinity, halfCloseAfter, delayMs } = this.#fate;
    const before = this.#bytes;
    this.#bytes += part.length;
    if (this.#isSilent() || this.#bytes > silentAfter) {
      if (before <= silentAfter && this.#bytes > silentAfter) this.#counts.silences += 1;
      this.isDeaf = true;
      return;
    }
    if (this.#bytes > cutAfter) {
      // The first half still comes.
      this.#write(part.subarray(0, part.length >> 1), to);
      this.#after(to, () => setTimeout(() => this.cut(), 1));
      return;
    }
    if (delayMs !== undefined) this.#delay(delayMs(), to);
    this.#write(part, to);
    if (halfCloseAfter !== undefined && this.#bytes > halfCloseAfter.bytes && !this.#halfClosed) {
      this.#halfClosed = true;
      this.#counts.halfCloses += 1;
      this.#after(halfCloseAfter.side, () => this.#socketOf(halfCloseAfter.side).end());
    }
  }

  #socketOf(side: Side): Socket {
    return side === "client" ? this.#client : this.#server;
  }

  #write(part: Buffer, to: Side): void {
    const socket = this.#socketOf(to);
    this.#after(to, () => {
      if (socket.writable) socket.write(part);
    });
  }

  #delay(ms: number, to: Side): void {
    this.#counts.delays += 1;
    this.#queues[to] = this.#queues[to].then(() => Bun.sleep(ms));
  }

  #after(side: Side, act: () => unknown): void {
    this.#queues[side] = this.#queues[side].then(() => void act());
  }
}

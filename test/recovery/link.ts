import { connect, type Socket } from "node:net";
import type { Fate, ProxyCounts } from "./fate.ts";

type Side = "client" | "server";

/** What a link needs of its proxy. */
export interface LinkPorts {
  readonly target: number;
  readonly counts: ProxyCounts;
  /** Whether the whole network is silent now. */
  isSilent(): boolean;
  /** Both sides have ended. */
  gone(link: Link): void;
}

/** One connection through the proxy. */
export class Link {
  readonly #client: Socket;
  readonly #fate: Fate;
  readonly #ports: LinkPorts;
  #server: Socket;
  /** All that the client has said, as long as it may have to be said again. */
  #said: Buffer[] | undefined;
  #answers = 0;
  #bytes = 0;
  #isHalfClosed = false;
  #isDeaf = false;
  #isEnding = false;
  readonly #queues = { client: Promise.resolve(), server: Promise.resolve() };

  constructor(client: Socket, fate: Fate, ports: LinkPorts) {
    this.#client = client;
    this.#fate = fate;
    this.#ports = ports;
    this.#said = fate.replayAfter === undefined ? undefined : [];
    client.on("data", (part: Buffer) => {
      this.#said?.push(part);
      this.#pass(part, "server");
    });
    client.on("end", () => this.#after("server", () => this.#isSilent || this.#server.end()));
    client.on("error", () => this.#isSilent || this.#destroy());
    client.on("close", () => {
      if (!this.#isSilent) this.#server.destroy();
      this.#mayBeGone();
    });
    this.#server = this.#dial((part) => this.#answered(part));
  }

  /** Whether something of it was lost, though it stands. */
  get isDeaf(): boolean {
    return this.#isDeaf;
  }

  /** Ends both sides at once, without a word. */
  cut(): void {
    if (!this.#client.destroyed) this.#ports.counts.cuts += 1;
    this.#destroy();
  }

  get #isSilent(): boolean {
    return this.#ports.isSilent() || this.#isDeaf;
  }

  #destroy(): void {
    for (const socket of [this.#client, this.#server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  #dial(heard: (part: Buffer) => void): Socket {
    const server = connect({ port: this.#ports.target, host: "127.0.0.1", allowHalfOpen: true });
    const ifCurrent = (act: () => unknown) => () => {
      if (server !== this.#server) return;
      this.#after("client", () => this.#isSilent || act());
      this.#mayBeGone();
    };
    server.on("data", heard);
    server.on(
      "end",
      ifCurrent(() => this.#client.end()),
    );
    server.on(
      "error",
      ifCurrent(() => this.#client.resetAndDestroy()),
    );
    server.on(
      "close",
      ifCurrent(() => this.#client.destroy()),
    );
    return server;
  }

  #answered(part: Buffer): void {
    if (this.#said !== undefined && this.#answers++ === this.#fate.replayAfter) this.#replay(this.#said);
    else this.#pass(part, "client");
  }

  /** Says all again over a new connection, and lets the old one go. */
  #replay(said: readonly Buffer[]): void {
    this.#ports.counts.replays += 1;
    const old = this.#server;
    // The client may have had the answer to its upgrade from the first connection.
    let head: Buffer | undefined = this.#fate.replayAfter === 0 ? undefined : Buffer.alloc(0);
    this.#said = undefined;
    this.#server = this.#dial((part) => {
      if (head === undefined) return this.#pass(part, "client");
      head = Buffer.concat([head, part]);
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      const rest = head.subarray(end + 4);
      head = undefined;
      if (rest.length > 0) this.#pass(rest, "client");
    });
    for (const part of said) this.#server.write(part);
    old.resetAndDestroy();
  }

  #pass(part: Buffer, to: Side): void {
    const { cutAfter = Infinity, silentAfter = Infinity, halfCloseAfter, delayMs } = this.#fate;
    const { counts } = this.#ports;
    // A stream never goes on after a hole: it would be no network that does that.
    if (this.#isEnding) return;
    this.#bytes += part.length;
    if (this.#isSilent || this.#bytes > silentAfter) {
      if (!this.#isDeaf && this.#bytes > silentAfter) counts.silences += 1;
      this.#isDeaf = true;
      return;
    }
    if (delayMs !== undefined) this.#delay(delayMs(), to);
    if (this.#bytes > cutAfter) {
      // The first half still comes, and nothing after it.
      this.#isEnding = true;
      this.#write(part.subarray(0, part.length >> 1), to);
      this.#after(to, () => setTimeout(() => this.cut(), 1));
      return;
    }
    this.#write(part, to);
    if (halfCloseAfter === undefined || this.#bytes <= halfCloseAfter.bytes || this.#isHalfClosed) return;
    this.#isHalfClosed = true;
    counts.halfCloses += 1;
    const { side } = halfCloseAfter;
    this.#after(side, () => this.#socketOf(side).end());
  }

  #socketOf(side: Side): Socket {
    return side === "client" ? this.#client : this.#server;
  }

  #write(part: Buffer, to: Side): void {
    this.#after(to, () => {
      const socket = this.#socketOf(to);
      if (socket.writable) socket.write(part);
    });
  }

  #delay(ms: number, to: Side): void {
    this.#ports.counts.delays += 1;
    this.#queues[to] = this.#queues[to].then(() => Bun.sleep(ms));
  }

  #after(side: Side, act: () => unknown): void {
    this.#queues[side] = this.#queues[side].then(() => void act());
  }

  #mayBeGone(): void {
    if (this.#client.destroyed && this.#server.destroyed) this.#ports.gone(this);
  }
}

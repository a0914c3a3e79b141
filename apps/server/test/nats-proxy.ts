import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** Stands between a node and its NATS server, and does what networks and servers do to what the server sends. */
export class NatsProxy implements AsyncDisposable {
  /** Live messages are lost on their way: as when a connection between two servers breaks, which neither the node's own connection nor the publisher sees. */
  isDeaf = false;
  /** Streams are told to have one message only, as by a leader that stood still and does not know that it is none any more. */
  isOld = false;
  /** How often that was told. */
  told = 0;
  /** Nobody gets a connection. */
  isShut = false;
  /** How many messages it lost. */
  lost = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #upstreams = new Set<Socket>();

  constructor(port: number) {
    this.#server = createServer((client) => {
      if (this.isShut) return void client.destroy();
      const upstream = connect(port, "127.0.0.1");
      this.#upstreams.add(upstream);
      upstream.on("close", () => this.#upstreams.delete(upstream));
      let waiting = Buffer.alloc(0);
      upstream.on("data", (data: Buffer<ArrayBuffer>) => {
        const { frames, rest } = framesIn(Buffer.concat([waiting, data]));
        waiting = rest;
        for (const frame of frames)
          if (!this.#loses(frame)) client.write(this.isOld ? this.#aged(frame) : frame);
      });
      client.on("data", (data) => upstream.write(data));
      for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
        this.#sockets.add(one);
        one.on("error", () => {});
        one.on("close", () => other.destroy());
      }
    });
  }

  /** Starts one before the server at this port; the result's `url` leads there through it. */
  static async before(port: number): Promise<NatsProxy> {
    const proxy = new NatsProxy(port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Passes nothing on to the nodes that are connected, until `letGo`: as when a node does not come to read. */
  hold(): void {
    for (const upstream of this.#upstreams) upstream.pause();
  }

  letGo(): void {
    for (const upstream of this.#upstreams) upstream.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #aged(frame: Buffer): Buffer {
    const text = frame.toString("latin1");
    const aged = text.replace(/(?<="last_seq":)\d+/, (number) => "1".padEnd(number.length));
    if (aged !== text) this.told += 1;
    return Buffer.from(aged, "latin1");
  }

  #loses(frame: Buffer): boolean {
    const isLost = this.isDeaf && /^HMSG \S+\.l\./.test(frame.toString("latin1", 0, 100));
    if (isLost) this.lost += 1;
    return isLost;
  }
}

/** The protocol's frames: a line, and for messages so many bytes after it as its last word says. */
function framesIn(data: Buffer<ArrayBuffer>) {
  const frames: Buffer<ArrayBuffer>[] = [];
  let from = 0;
  for (;;) {
    const lineEnd = data.indexOf("\r\n", from) + 2;
    if (lineEnd === 1) break;
    const words = data.toString("latin1", from, lineEnd - 2).split(" ");
    const isMessage = words[0] === "MSG" || words[0] === "HMSG";
    const end = isMessage ? lineEnd + Number(words.at(-1)) + 2 : lineEnd;
    if (end > data.length) break;
    frames.push(data.subarray(from, end));
    from = end;
  }
  return { frames, rest: data.subarray(from) };
}

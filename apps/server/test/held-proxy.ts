import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** Stands between a node and its NATS server, and passes nothing on to the node while it is held: as when the node does not come to read. */
export class HeldProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #upstreams = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((client) => {
      const upstream = connect(port, "127.0.0.1");
      this.#upstreams.add(upstream);
      upstream.pipe(client).pipe(upstream);
      upstream.on("close", () => this.#upstreams.delete(upstream));
      for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
        one.on("error", () => {});
        one.on("close", () => other.destroy());
      }
    });
  }

  /** Starts one before the server at this port; the result's `url` leads there through it. */
  static async before(port: number): Promise<HeldProxy> {
    const proxy = new HeldProxy(port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `nats://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  hold(): void {
    for (const upstream of this.#upstreams) upstream.pause();
  }

  letGo(): void {
    for (const upstream of this.#upstreams) upstream.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const upstream of this.#upstreams) upstream.destroy();
    this.#server.close();
  }
}

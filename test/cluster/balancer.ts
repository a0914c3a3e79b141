import { connect, createServer, type Server, type Socket } from "node:net";

/** A TCP load balancer on loopback, as simple as they come: each connection goes to the next node that takes it. */
export class Balancer implements AsyncDisposable {
  readonly #server: Server;
  readonly #ports: readonly number[];
  readonly #clients = new Set<Socket>();
  #next = 0;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async before(ports: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    await new Promise<void>((resolve) => balancer.#server.listen(0, "127.0.0.1", resolve));
    return balancer;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the balancer does not listen");
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const client of this.#clients) client.destroy();
    await Promise.resolve();
  }

  #accept(client: Socket): void {
    this.#clients.add(client);
    client.on("close", () => this.#clients.delete(client));
    client.on("error", () => client.destroy());
    this.#dial(client, this.#ports.length);
  }

  #dial(client: Socket, tries: number): void {
    if (tries === 0) return void client.resetAndDestroy();
    const port = this.#ports[(this.#next += 1) % this.#ports.length] as number;
    const node = connect({ port, host: "127.0.0.1" });
    let isConnected = false;
    node.on("connect", () => {
      isConnected = true;
      client.pipe(node);
      node.pipe(client);
    });
    node.on("error", () => {
      if (isConnected) client.resetAndDestroy();
      else this.#dial(client, tries - 1);
    });
    node.on("close", () => isConnected && client.destroy());
    client.on("close", () => node.destroy());
  }
}

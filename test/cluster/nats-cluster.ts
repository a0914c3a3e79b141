import { NatsServer } from "../../apps/server/test/nats-server.ts";
import { connectionOptions, parseAddresses } from "../../apps/server/src/engines/nats/addresses.ts";
import { Connection } from "../../apps/server/src/engines/nats/connection.ts";
import { Proxy } from "../recovery/proxy.ts";
import { freePort } from "../recovery/server-process.ts";
import { until } from "../recovery/until.ts";

interface Stream {
  readonly config: { readonly name: string; readonly num_replicas: number };
  readonly cluster?: {
    readonly leader?: string;
    readonly replicas?: readonly { readonly current: boolean }[];
  };
}

/** Three NATS servers that form a cluster. What they say to each other goes through proxies: one before each. All of it ends with the block. */
export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly NatsServer[];
  readonly #proxies: readonly Proxy[];

  private constructor(servers: readonly NatsServer[], proxies: readonly Proxy[]) {
    this.servers = servers;
    this.#proxies = proxies;
  }

  /** @param args more of each server's arguments */
  static async start(args: readonly string[] = []): Promise<NatsCluster> {
    const ports = [0, 1, 2].map(() => freePort());
    const proxies = await Promise.all(ports.map((port) => Proxy.before(port)));
    const routes = proxies.map(({ url }) => url.replace("http:", "nats:"));
    const servers = ports.map(
      (port, i) =>
        new NatsServer([
          ...Object.entries({
            "-n": nameOf(i),
            "--cluster_name": "test",
            "--cluster": `nats://127.0.0.1:${port}`,
            "--cluster_advertise": new URL(routes[i] as string).host,
            "--routes": routes.filter((_, other) => other !== i).join(","),
          }).flat(),
          ...args,
        ]),
    );
    await Promise.all(servers.map((server) => server.start()));
    return new NatsCluster(servers, proxies);
  }

  /** The addresses of all. */
  get urls(): string {
    return this.servers.map(({ url }) => url).join(",");
  }

  /** The place of the server that leads some of the streams. */
  async leader(): Promise<number> {
    let place = -1;
    await until(async () => {
      const leaders = (await this.#streams()).flatMap(({ cluster }) => cluster?.leader ?? []);
      place = [0, 1, 2].find((i) => leaders.includes(nameOf(i))) ?? -1;
      return place !== -1;
    });
    return place;
  }

  /** Resolves when every stream has a leader, and replicas that have all it has. */
  async whole(): Promise<void> {
    const isWhole = ({ cluster, config }: Stream) =>
      cluster?.leader !== undefined &&
      cluster.replicas?.length === config.num_replicas - 1 &&
      cluster.replicas.every(({ current }) => current);
    const areWhole = async () => {
      const streams = await this.#streams();
      return streams.length > 0 && streams.every(isWhole);
    };
    await until(areWhole, { ms: 90_000, everyMs: 200 });
  }

  /** Cuts what the server has with the others; they find together again by themselves. */
  cutRoutes(place: number): void {
    this.#proxies[place]?.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server[Symbol.asyncDispose]()));
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }

  /** Whether these servers are new enough for the replicas to stay the same whatever fails. */
  async isSound(): Promise<boolean> {
    await using connection = await this.#connect();
    const [major = 0, minor = 0] = (connection.client.info?.version ?? "").split(".").map(Number);
    return major > 2 || minor >= 12;
  }

  async #connect(): Promise<Connection> {
    const options = connectionOptions(parseAddresses(this.urls));
    const ignore = () => undefined;
    const connection = new Connection({ options, tell: ignore, report: ignore, inspect: ignore });
    await connection.started;
    return connection;
  }

  /** The streams, as whichever server answers knows them. */
  async #streams(): Promise<readonly Stream[]> {
    await using connection = await this.#connect();
    try {
      const answer = await connection.request("$JS.API.STREAM.LIST", "{}");
      return answer.json<{ streams?: Stream[] | null }>().streams ?? [];
    } catch {
      return [];
    }
  }
}

function nameOf(place: number): string {
  return `nats-${place}`;
}

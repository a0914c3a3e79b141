import { ServerProcess } from "../recovery/server-process.ts";
import { until } from "../recovery/until.ts";
import { Balancer } from "./balancer.ts";

/** Several nodes, each a process, behind a load balancer. All of it ends with the block. */
export class NodeCluster implements AsyncDisposable {
  readonly nodes: readonly ServerProcess[];
  readonly balancer: Balancer;

  private constructor(nodes: readonly ServerProcess[], balancer: Balancer) {
    this.nodes = nodes;
    this.balancer = balancer;
  }

  /** Starts so many on these NATS servers; resolves when they know each other and take publishes. @param settings more of them */
  static async start(
    natsUrls: string,
    count: number,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<NodeCluster> {
    const env = {
      SWITCHBOARD_ENGINE: "nats",
      SWITCHBOARD_NATS_URL: natsUrls,
      SWITCHBOARD_NATS_ALLOW_OLD: "1",
      SWITCHBOARD_DRAIN_MS: "1000",
      ...settings,
    };
    const nodes = await Promise.all(Array.from({ length: count }, () => ServerProcess.start(env)));
    const cluster = new NodeCluster(nodes, await Balancer.before(nodes.map(({ port }) => port)));
    for (const node of nodes) await cluster.joined(node);
    return cluster;
  }

  /** Resolves when the node takes publishes, and knows all others. */
  async joined(node: ServerProcess): Promise<void> {
    const isReady = async () => {
      const { ok } = await fetch(`${node.url}/readyz`);
      if (!ok) return false;
      const { nodes } = (await (await fetch(`${node.url}/api/v1/status`)).json()) as {
        readonly nodes: number;
      };
      return nodes === this.nodes.length;
    };
    await until(isReady, { ms: 90_000, everyMs: 100, note: () => node.output });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.balancer[Symbol.asyncDispose]();
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}

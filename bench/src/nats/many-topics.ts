import { NatsServer } from "../../../apps/server/test/nats-server.ts";
import { cpuSecondsOf, residentBytesOf } from "../process-figures.ts";
import { Follower } from "./follower.ts";
import { NodeProcess } from "./node.ts";

/** Topics that each node follows, by sessions of a thousand each. */
const topicsPerNode = 50_000;
const topicsPerSession = 1_000;
/** Publishes that are under way at most, and for how long they go on, in ms. */
const window = 256;
const publishMs = 5_000;
/** How long deliveries may take to end, in ms. */
const patienceMs = 20_000;

/** What was measured of one engine. */
export interface ManyTopics {
  readonly engine: string;
  readonly nodes: number;
  readonly subscribesPerSecond: number;
  readonly bytesPerTopic: number;
  readonly publishesPerSecond: number;
  readonly deliveriesPerSecond: number;
  readonly nodesCpuMicros: number;
  readonly missing: number;
}

/** Each node follows 50,000 topics, the same on each; then events are published to them at random through the first. */
export async function measureManyTopics(): Promise<readonly ManyTopics[]> {
  const local = await measured("local", [await NodeProcess.start(undefined)]);
  await using nats = await NatsServer.start();
  const nodes = await Promise.all([NodeProcess.start(nats.url), NodeProcess.start(nats.url)]);
  return [local, await measured("nats", nodes)];
}

/** The figures, for people to read. */
export function manyTopicsTable(rows: readonly ManyTopics[]): string {
  return rows
    .map(
      (row) =>
        `${row.engine.padEnd(6)} ${row.nodes} node(s), ${topicsPerNode} topics each: ${Math.round(row.subscribesPerSecond)} subscribes/s, ` +
        `${(row.bytesPerTopic / 1024).toFixed(2)} KB per topic, ${Math.round(row.publishesPerSecond)} publishes/s, ` +
        `${Math.round(row.deliveriesPerSecond)} deliveries/s, ${row.nodesCpuMicros.toFixed(0)} us of the nodes per delivery, ${row.missing} missing`,
    )
    .join("\n");
}

async function measured(engine: string, nodes: readonly NodeProcess[]): Promise<ManyTopics> {
  const followers = await Promise.all(nodes.map(({ url }) => followersOf(url)));
  const resident = () => nodes.reduce((sum, { pid }) => sum + residentBytesOf(pid), 0);
  const before = resident();
  const startedAt = performance.now();
  await Promise.all(
    followers.flat().map((follower, i) => follower.follow(topicsOf(i % (topicsPerNode / topicsPerSession)))),
  );
  const followed = nodes.length * topicsPerNode;
  const subscribesPerSecond = followed / ((performance.now() - startedAt) / 1_000);
  const bytesPerTopic = (resident() - before) / followed;
  const delivery = await deliveriesOf(nodes, followers.flat());
  for (const follower of followers.flat()) follower.close();
  for (const node of nodes) await node[Symbol.asyncDispose]();
  return { engine, nodes: nodes.length, subscribesPerSecond, bytesPerTopic, ...delivery };
}

async function deliveriesOf(nodes: readonly NodeProcess[], followers: readonly Follower[]) {
  const heard = () => followers.reduce((sum, { events }) => sum + events, 0);
  const cpu = () => nodes.reduce((sum, { pid }) => sum + cpuSecondsOf(pid), 0);
  const publisher = await Follower.connect(nodes[0]?.url ?? "");
  const [startedAt, cpuBefore] = [performance.now(), cpu()];
  let published = 0;
  const lane = async () => {
    while (performance.now() - startedAt < publishMs) {
      await publisher.publish(topicOf(Math.floor(Math.random() * topicsPerNode)), "x".repeat(128));
      published += 1;
    }
  };
  await Promise.all(Array.from({ length: window }, lane));
  const seconds = (performance.now() - startedAt) / 1_000;
  const expected = published * nodes.length;
  while (heard() < expected && performance.now() - startedAt < publishMs + patienceMs) await Bun.sleep(10);
  const heardSeconds = (performance.now() - startedAt) / 1_000;
  publisher.close();
  return {
    publishesPerSecond: published / seconds,
    deliveriesPerSecond: heard() / heardSeconds,
    nodesCpuMicros: ((cpu() - cpuBefore) * 1e6) / heard(),
    missing: expected - heard(),
  };
}

function followersOf(url: string): Promise<Follower[]> {
  return Promise.all(Array.from({ length: topicsPerNode / topicsPerSession }, () => Follower.connect(url)));
}

function topicsOf(session: number): string[] {
  return Array.from({ length: topicsPerSession }, (_, i) => topicOf(session * topicsPerSession + i));
}

function topicOf(number: number): string {
  return `crm.${String(number).padStart(6, "0")}`;
}

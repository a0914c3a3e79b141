import type { Match, Position } from "@switchboard/protocol";
import type { Calls } from "../../core/calls.ts";
import type { Clock } from "../../core/clock.ts";
import type {
  Accepted,
  Engine,
  EventListener,
  History,
  HistoryQuery,
  TopicState,
} from "../../core/engine.ts";
import { Refusal } from "../../core/errors.ts";
import type { Draft, Event } from "../../core/event.ts";
import { ClusterCalls } from "../cluster/calls.ts";
import { Cluster } from "../cluster/cluster.ts";
import type { RetentionOf } from "../retention.ts";
import { connectionOptions } from "./addresses.ts";
import { Connection } from "./connection.ts";
import { refuseOldServer } from "./version.ts";
import { natsWire } from "./wire.ts";

/** What all names in NATS begin with. */
const prefix = "switchboard";

/** What an engine over NATS is made of. */
export interface NatsOptions {
  readonly urls: readonly URL[];
  readonly credentialsFile?: string | undefined;
  /** On how many servers an event is stored; undefined: three where the servers form a cluster, else one. */
  readonly replicas?: number | undefined;
  readonly allowOld?: boolean;
  readonly retentionOf: RetentionOf;
  readonly clock: Clock;
  readonly tell: (news: string) => void;
  readonly report: (error: unknown) => void;
}

/** The engine of several nodes, joined by NATS. It is there at once, and refuses as `unavailable` until the servers answer. */
export function natsEngine(options: NatsOptions): NatsEngine {
  const { urls, credentialsFile, replicas, allowOld = false, clock, tell, report } = options;
  const connection = new Connection({
    options: connectionOptions(urls, credentialsFile),
    inspect: (info) => refuseOldServer(info, replicas ?? (info.cluster === undefined ? 1 : 3), allowOld),
    tell,
    report,
  });
  return new NatsEngine(
    connection,
    new Cluster({ wire: natsWire(connection, prefix), clock, report }),
    report,
  );
}

/** See `natsEngine`. */
export class NatsEngine implements Engine {
  readonly name = "nats";
  readonly calls: Calls;
  readonly peers: Cluster;
  readonly connection: Connection;

  constructor(connection: Connection, peers: Cluster, report: (error: unknown) => void) {
    this.connection = connection;
    this.peers = peers;
    this.calls = new ClusterCalls(peers, report);
  }

  async publish(_topic: string, _draft: Draft): Promise<Accepted> {
    throw away();
  }

  async listen(_topic: string, _match: Match, _listener: EventListener): Promise<() => void> {
    throw away();
  }

  async position(_topic: string): Promise<Position> {
    throw away();
  }

  async describe(_topic: string): Promise<TopicState> {
    throw away();
  }

  async history(_topic: string, _query: HistoryQuery): Promise<History> {
    throw away();
  }

  async retained(_topic: string): Promise<Event | undefined> {
    throw away();
  }

  async ping(): Promise<void> {
    await this.connection.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.peers[Symbol.dispose]();
    await this.connection.flush().catch(() => {});
    await this.connection[Symbol.asyncDispose]();
  }
}

function away(): Refusal {
  return new Refusal("unavailable", "the event log over NATS is not built yet");
}

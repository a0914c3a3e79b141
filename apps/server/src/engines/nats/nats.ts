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
import type { Draft, Event } from "../../core/event.ts";
import { ClusterCalls } from "../cluster/calls.ts";
import { Cluster } from "../cluster/cluster.ts";
import type { Retention, RetentionOf } from "../retention.ts";
import type { AccessFiles } from "./access.ts";
import { connectionOptions } from "./addresses.ts";
import { Api } from "./api.ts";
import { Connection } from "./connection.ts";
import { NatsLog } from "./log.ts";
import { Records } from "./records.ts";
import { refuseOldServer } from "./version.ts";
import { natsWire } from "./wire.ts";

/** How long to wait before the streams are asked for again, in ms; and after how many times that is told. */
const againMs = 1_000;
const tellAfter = 6;

/** What an engine over NATS is made of. */
export interface NatsOptions {
  readonly urls: readonly URL[];
  readonly files?: AccessFiles;
  /** What all names in NATS begin with. */
  readonly prefix?: string;
  /** On how many servers an event is stored; undefined: three where the servers form a cluster, else one. */
  readonly replicas?: number | undefined;
  readonly allowOld?: boolean;
  readonly retentionOf: RetentionOf;
  /** What `retentionOf` may answer, where that is known: their streams are made before they are needed. */
  readonly retentions?: readonly Retention[];
  readonly retainedEventsMax: number;
  readonly clock: Clock;
  readonly tell: (news: string) => void;
  readonly report: (error: unknown) => void;
}

/** The engine of several nodes, joined by NATS. It is there at once, and refuses as `unavailable` until the servers answer. */
export function natsEngine(options: NatsOptions): NatsEngine {
  return new NatsEngine(options);
}

/** See `natsEngine`. */
export class NatsEngine implements Engine {
  readonly name = "nats";
  readonly calls: Calls;
  readonly peers: Cluster;
  /** What the nodes agree on. */
  readonly records: Records;
  /** Resolves when it takes publishes for the first time; rejects where the servers will not do. */
  readonly started: Promise<void>;
  readonly #connection: Connection;
  readonly #log: NatsLog;
  readonly #open: () => Promise<void>;
  #opening: Promise<void> | undefined;
  #attempts = 0;
  #isEnded = false;

  constructor(options: NatsOptions) {
    const { urls, files = {}, prefix = "switchboard", allowOld = false, tell, report } = options;
    const { replicas, retentionOf, clock, retentions = [], retainedEventsMax } = options;
    let cluster: string | undefined;
    const copies = () => replicas ?? (cluster === undefined ? 1 : 3);
    const connection = new Connection({
      options: connectionOptions(urls, files),
      files,
      inspect: (info) => {
        ({ cluster } = info);
        refuseOldServer(info, copies(), allowOld);
      },
      tell,
      report,
    });
    this.#connection = connection;
    const api = new Api(connection, tell);
    this.records = new Records({ api, prefix, replicas: copies });
    this.peers = new Cluster({ wire: natsWire(connection, prefix), clock, report });
    this.calls = new ClusterCalls(this.peers, report);
    this.#log = new NatsLog({
      api,
      connection,
      clock,
      prefix,
      replicas: copies,
      retentionOf,
      retainedEventsMax,
    });
    this.#open = () => (this.#opening = this.#openUntilDone([undefined, ...retentions], tell));
    this.started = this.#start();
    this.started.catch(() => {});
  }

  publish(topic: string, draft: Draft): Promise<Accepted> {
    return this.#log.publish(topic, draft);
  }

  listen(topic: string, match: Match, listener: EventListener): Promise<() => void> {
    return this.#log.listen(topic, match, listener);
  }

  position(topic: string): Promise<Position> {
    return this.#log.position(topic);
  }

  describe(topic: string): Promise<TopicState> {
    return this.#log.describe(topic);
  }

  history(topic: string, query: HistoryQuery): Promise<History> {
    return this.#log.history(topic, query);
  }

  retained(topic: string): Promise<Event | undefined> {
    return this.#log.retained(topic);
  }

  async ping(): Promise<void> {
    this.#connection.demandUp();
    await this.#log.ping();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true;
    this.#log.end();
    this.peers[Symbol.dispose]();
    await this.#connection.flush().catch(() => {});
    await this.#connection[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    await this.#connection.started;
    this.#connection.watch((isUp) => {
      if (isUp) void this.#open();
    });
    await this.#open();
  }

  /** Makes what is missing in NATS, and agrees with the other nodes; tries until that is done, here or by whoever began after. */
  async #openUntilDone(
    retentions: readonly (Retention | undefined)[],
    tell: (news: string) => void,
  ): Promise<void> {
    const attempt = (this.#attempts += 1);
    for (let tries = 1; !this.#isEnded; tries++) {
      if (attempt !== this.#attempts) return this.#opening;
      try {
        await Promise.all([this.#log.open(retentions), this.records.open()]);
        return;
      } catch (error) {
        if (this.#connection.isUp && tries === tellAfter)
          tell(`NATS is there, but has no streams for us yet: ${(error as Error).message}`);
        await new Promise<void>((resolve) => setTimeout(resolve, againMs));
      }
    }
  }
}

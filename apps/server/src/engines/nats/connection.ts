import {
  connect,
  type ConnectionOptions,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type ServerInfo,
  type Subscription,
} from "@nats-io/transport-node";
import { Refusal } from "../../core/errors.ts";

/** How long to wait before another attempt to connect, in ms. */
const retryMs = 250;
/** How long an answer may take, where whoever asks does not say, in ms. */
const answerMs = 5_000;
/** How long an attempt to connect may take, in ms. */
const dialMs = 2_000;
/** How often the server is asked for a sign of life, in ms; two that it misses end the connection. */
const pingMs = 5_000;

/** What a connection is made with. */
export interface ConnectionParts {
  readonly options: ConnectionOptions;
  /** Is told when the servers go away and come back. */
  readonly tell: (news: string) => void;
  readonly report: (error: unknown) => void;
  /** Looks at the first server that answers. @throws where it will not do: then the connection has failed for good */
  readonly inspect: (info: ServerInfo) => void;
}

/**
 * The connection to NATS: it comes up when the servers do, and comes back by itself. What is asked while it is down is refused at once, and so is what was
 * under way when it broke: the client library would drop a publish silently, and let a request wait for its timeout.
 */
export class Connection implements AsyncDisposable {
  /** Resolves when it is up for the first time; rejects where `inspect` threw. */
  readonly started: Promise<void>;
  readonly #parts: ConnectionParts;
  readonly #watchers = new Set<(isUp: boolean) => void>();
  readonly #underWay = new Set<(error: Refusal) => void>();
  #nc: NatsConnection | undefined;
  #isUp = false;
  #closed = false;
  /** Why it will never be up, if so. */
  #fault: Error | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.started = this.#start();
    this.started.catch(() => {});
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** The client library's own connection, for what this does not do. @throws Refusal `unavailable` while it is down */
  get client(): NatsConnection {
    if (this.#nc === undefined || !this.#isUp) throw this.#refusal();
    return this.#nc;
  }

  /** Calls back when it goes down, and when it is up again, subscriptions included. */
  watch(listener: (isUp: boolean) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** Asks, and is answered once. @throws Refusal `unavailable` while it is down, and when it breaks; NoRespondersError, TimeoutError */
  async request(
    subject: string,
    payload: Uint8Array | string = "",
    { timeoutMs = answerMs, headers }: { readonly timeoutMs?: number; readonly headers?: MsgHdrs } = {},
  ): Promise<Msg> {
    const { client } = this;
    return this.orBroken(
      client.request(subject, payload, { timeout: timeoutMs, ...(headers && { headers }) }),
    );
  }

  /** What the promise becomes; or `unavailable`, when the connection breaks before. */
  orBroken<Result>(promise: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#underWay.add(reject);
      promise.then(resolve, reject).finally(() => this.#underWay.delete(reject));
    });
  }

  /** Sends to whoever listens. @throws Refusal `unavailable` while it is down */
  publish(subject: string, payload: Uint8Array | string = "", headers?: MsgHdrs): void {
    this.client.publish(subject, payload, headers && { headers });
  }

  /** Hears what is sent to the subject, now and after each return. @throws Refusal `unavailable` while it is down */
  subscribe(subject: string, hear: (message: Msg) => void, queue?: string): Subscription {
    const callback = (error: Error | null, message: Msg) => {
      if (error !== null) return this.#parts.report(error);
      try {
        hear(message);
      } catch (fault) {
        this.#parts.report(fault);
      }
    };
    return this.client.subscribe(subject, { callback, ...(queue !== undefined && { queue }) });
  }

  /** Resolves once the server has taken all that was sent before. */
  async flush(): Promise<void> {
    await this.orBroken(this.client.flush());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#down();
    this.#watchers.clear();
    await this.#nc?.close();
  }

  async #start(): Promise<void> {
    const { options, inspect, tell } = this.#parts;
    const servers = [options.servers].flat().join(", ");
    for (let tries = 0; this.#nc === undefined; tries++) {
      if (this.#closed) throw this.#refusal();
      try {
        this.#nc = await connect({
          ...options,
          timeout: dialMs,
          maxReconnectAttempts: -1,
          ignoreAuthErrorAbort: true,
          reconnectTimeWait: retryMs,
          pingInterval: pingMs,
          noAsyncTraces: true,
        });
      } catch (error) {
        if (tries === 0) tell(`waiting for NATS at ${servers}: ${(error as Error).message}`);
        await new Promise<void>((resolve) => setTimeout(resolve, retryMs));
      }
    }
    const nc = this.#nc;
    if (this.#closed) return nc.close();
    try {
      inspect(nc.info as ServerInfo);
    } catch (error) {
      this.#fault = error as Error;
      await nc.close();
      throw error;
    }
    void this.#follow(nc);
    this.#up();
  }

  async #follow(nc: NatsConnection): Promise<void> {
    for await (const status of nc.status()) {
      if (status.type === "disconnect") this.#down();
      else if (status.type === "reconnect") this.#up();
      else if (status.type === "error") this.#parts.report(status.error);
    }
    this.#down();
  }

  #up(): void {
    if (this.#isUp || this.#closed) return;
    this.#isUp = true;
    const { server_name: name, version } = this.client.info as ServerInfo;
    this.#parts.tell(`connected to NATS ${version} (${name})`);
    for (const watcher of this.#watchers) watcher(true);
  }

  #down(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    if (!this.#closed) this.#parts.tell("NATS is away");
    const refusal = this.#refusal("the connection to NATS broke; it is not known whether it was done");
    for (const reject of this.#underWay) reject(refusal);
    this.#underWay.clear();
    for (const watcher of this.#watchers) watcher(false);
  }

  #refusal(message = this.#fault?.message ?? "NATS cannot be reached; nothing was stored"): Refusal {
    return new Refusal("unavailable", message);
  }
}

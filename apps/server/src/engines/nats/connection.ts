import {
  errors,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type ServerInfo,
  type Subscription,
} from "@nats-io/transport-node";
import { Refusal } from "../../core/errors.ts";
import { dial, retryMs } from "./dial.ts";
import { Trouble, type TroubleParts } from "./trouble.ts";

/** How long an answer may take, where whoever asks does not say, in ms. */
const answerMs = 5_000;
/** What a connection is made with. */
export interface ConnectionParts extends TroubleParts {
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
  readonly #trouble: Trouble;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.#trouble = new Trouble(parts);
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

  /** @throws Refusal `unavailable` while it is down, which says why in words for operators */
  demandUp(): void {
    if (this.#isUp) return;
    const { why } = this.#trouble;
    throw this.#refusal(
      this.#fault?.message ?? (why === "" ? "NATS cannot be reached" : `NATS cannot be reached: ${why}`),
    );
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
    this.#trouble.end();
    this.#watchers.clear();
    await this.#nc?.close();
  }

  async #start(): Promise<void> {
    const { inspect, options } = this.#parts;
    while (this.#nc === undefined) {
      if (this.#closed) throw this.#refusal();
      try {
        this.#nc = await dial(options);
      } catch (error) {
        this.#trouble.hear(error);
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
      else if (status.type === "error") this.#hearError(status.error);
    }
    this.#down();
  }

  #hearError(error: Error): void {
    if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
      this.#trouble.hear(error);
    else this.#parts.report(error);
  }

  #up(): void {
    if (this.#isUp || this.#closed) return;
    this.#isUp = true;
    this.#trouble.end();
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
    if (!this.#closed) this.#trouble.ask();
  }

  #refusal(message = this.#fault?.message ?? "NATS cannot be reached; nothing was stored"): Refusal {
    return new Refusal("unavailable", message);
  }
}

import { type DownFrame, type DownFrameOf, topicOfCrmId } from "@switchboard/protocol";
import { backoffMs } from "./backoff.ts";
import type { Client } from "./client.ts";
import type { Settings } from "./client-options.ts";
import { Connection } from "./connection.ts";
import { Arrival } from "./event.ts";
import { Fence } from "./fence.ts";
import { Outbox } from "./outbox.ts";
import { PositionLog } from "./position-log.ts";
import type { Publication, Published } from "./publication.ts";
import { Pulse } from "./pulse.ts";
import { Reader } from "./reader.ts";
import { Requests } from "./requests.ts";
import type { Room } from "./room.ts";
import { Rooms } from "./rooms.ts";
import type { Status } from "./status.ts";
import { checkCrmId, checkSubscription } from "./subscription-check.ts";
import type { EventHandler, SubscribeOptions, Subscription, SubscriptionHandlers } from "./subscription.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** The client over a WebSocket: puts connection, requests, rooms and outbox together. It connects at the first `reconnect`. */
export class SocketClient implements Client {
  readonly #settings: Settings;
  readonly #requests: Requests;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #rooms: Rooms;
  readonly #positions: PositionLog | undefined;
  readonly #pulse = new Pulse(() => this.#measure());
  #statusListeners: readonly ((status: Status) => void)[] = [];

  constructor(settings: Settings) {
    const { requestTimeoutMs, report } = settings;
    this.#settings = settings;
    this.#requests = new Requests(requestTimeoutMs);
    this.#connection = new Connection(settings, {
      live: (welcome) => this.#live(welcome),
      leaving: () => this.#leaveWhenIdle(),
      lost: (reason) => this.#lost(reason),
      frame: (frame, text, at) => this.#received(frame, text, at),
      status: () => this.#statusChanged(),
      report,
    });
    this.#outbox = new Outbox(settings.queue, {
      requests: this.#requests,
      isLive: () => this.#connection.isLive,
      send: (text) => this.#connection.send(text),
      idle: () => this.#leaveWhenIdle(),
    });
    this.#rooms = this.#makeRooms();
    if (settings.positions !== undefined)
      this.#positions = new PositionLog(settings.positions, (topic) => this.#rooms.position(topic), report);
  }

  get status(): Status {
    return this.#connection.status;
  }

  onStatus(listener: (status: Status) => void): () => void {
    const own = (status: Status) => listener(status);
    this.#statusListeners = [...this.#statusListeners, own];
    return () => {
      this.#statusListeners = this.#statusListeners.filter((other) => other !== own);
    };
  }

  live(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (status: Status) => {
        if (status.state === "live") resolve();
        else if (status.state === "closed") reject(closedError(status.reason));
        else return;
        stop();
      };
      const stop = this.onStatus(look);
      look(this.status);
    });
  }

  follow<Data>(
    crmId: string,
    handlers?: EventHandler<Data> | SubscriptionHandlers<Data>,
  ): Subscription<Data> {
    checkCrmId(crmId);
    return this.subscribe(topicOfCrmId(crmId), handlers);
  }

  subscribe<Data>(
    topic: string,
    handlers: EventHandler<Data> | SubscriptionHandlers<Data> = {},
    options: SubscribeOptions = {},
  ): Subscription<Data> {
    checkSubscription(topic, options);
    const { match = "exact", since, last } = options;
    const begins = since === undefined && last === undefined && match === "exact" && !this.#rooms.has(topic);
    const start = { since: begins ? this.#positions?.get(topic) : since, last };
    const reader = new Reader(
      { topic, match, start },
      // What a topic's data are, the caller knows; to the client they are unknown.
      (typeof handlers === "function" ? { event: handlers } : handlers) as SubscriptionHandlers,
      {
        report: this.#settings.report,
        moved: match === "exact" ? () => this.#positions?.moved(topic) : () => undefined,
        leave: () => {
          this.#positions?.flush();
          return room.leave(reader);
        },
      },
    );
    const room: Room = this.#rooms.join(reader);
    return reader as Subscription as Subscription<Data>;
  }

  publish(publication: Publication): Promise<Published> {
    const { status } = this;
    if (status.state === "closed") return Promise.reject(closedError(status.reason));
    return this.#outbox.publish(publication);
  }

  ping(): Promise<number> {
    if (!this.#connection.isLive) return Promise.reject(new SwitchboardError("offline", "not connected"));
    return new Promise((resolve, reject) => {
      const sentAt = performance.now();
      this.#ping((error) => (error === undefined ? resolve(performance.now() - sentAt) : reject(error)));
    });
  }

  reconnect(): void {
    this.#connection.retry();
  }

  close(): void {
    this.#connection.close();
  }

  #makeRooms(): Rooms {
    const fence = new Fence((answered) => this.#ping((error) => answered(error === undefined)));
    return new Rooms({
      isLive: () => this.#connection.isLive,
      ask: (type, members, settle) =>
        this.#requests.ask((id) => this.#connection.send(`{"type":"${type}","id":${id},${members}}`), settle),
      fence: (passed) => fence.wait(passed),
      retryMs: (failures, { retryAfterMs }) =>
        Math.max(retryAfterMs ?? 0, backoffMs(failures - 1, this.#settings.backoff)),
    });
  }

  #live({ heartbeat }: DownFrameOf<"welcome">): void {
    this.#pulse.start(heartbeat);
    this.#rooms.live();
    this.#outbox.live();
  }

  #lost(reason: string): void {
    this.#pulse.stop();
    this.#rooms.lost();
    this.#outbox.lost();
    this.#requests.fail(new SwitchboardError("unavailable", `the connection is gone: ${reason}`));
  }

  #leaveWhenIdle(): void {
    if (!this.#connection.isLive && this.#outbox.isIdle) this.#connection.left();
  }

  #received(frame: DownFrame, text: string, at: number): void {
    if (frame.type === "event")
      this.#rooms.receive(
        new Arrival(frame, text, at, (token) =>
          this.#connection.send(JSON.stringify({ type: "ack", ack: token })),
        ),
      );
    else if ("id" in frame && frame.id !== undefined) this.#requests.answer(frame, frame.id);
  }

  #statusChanged(): void {
    const { status } = this;
    if (status.state === "closed") this.#closed(status.code, status.reason);
    for (const listener of this.#statusListeners) {
      try {
        listener(status);
      } catch (error) {
        this.#settings.report(error);
      }
    }
  }

  #closed(code: number, reason: string): void {
    const error = closedError(reason);
    this.#outbox.close(error);
    this.#positions?.close();
    for (const room of this.#rooms.all())
      for (const reader of room.readers) reader.close(error, code !== 1000);
  }

  #measure(): void {
    this.ping().then(
      (latencyMs) => this.#connection.measured(latencyMs),
      // A pong that never came is the silence's business.
      () => undefined,
    );
  }

  #ping(answered: (error: SwitchboardError | undefined) => void): void {
    this.#requests.ask(
      (id) => this.#connection.send(`{"type":"ping","id":${id}}`),
      (answer) => answered(answer instanceof SwitchboardError ? answer : undefined),
    );
  }
}

function closedError(reason: string): SwitchboardError {
  return new SwitchboardError("closed", reason || "the client is closed");
}

import { type DownFrame, type DownFrameOf, topicOfCrmId } from "@switchboard/protocol";
import { backoffMs } from "./backoff.ts";
import { type CallOptions, Calls } from "./calls.ts";
import type { Client } from "./client.ts";
import type { Settings } from "./client-options.ts";
import { Connection } from "./connection.ts";
import { Arrival } from "./event.ts";
import { Fence } from "./fence.ts";
import { HandlerList } from "./handler-list.ts";
import { Invocations } from "./invocations.ts";
import { Outbox } from "./outbox.ts";
import { Pings } from "./pings.ts";
import { PositionLog } from "./position-log.ts";
import type { Publication, Published } from "./publication.ts";
import { Pulse } from "./pulse.ts";
import { Reader } from "./reader.ts";
import type { CallHandler, HandleOptions, Registration } from "./registration.ts";
import { Registrations } from "./registrations.ts";
import { type Answer, Requests } from "./requests.ts";
import type { Room } from "./room.ts";
import { Rooms } from "./rooms.ts";
import type { Status } from "./status.ts";
import { checkCrmId, checkSubscription } from "./subscription-check.ts";
import type { EventHandler, SubscribeOptions, Subscription, SubscriptionHandlers } from "./subscription.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** What the server takes where it does not say, in bytes. */
const frameBytesMax = 512 * 1024;

/** The client over a WebSocket: puts connection, requests, rooms, calls and outbox together. It connects at the first `reconnect`. */
export class SocketClient implements Client {
  readonly #settings: Settings;
  readonly #requests: Requests;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #rooms: Rooms;
  readonly #calls: Calls;
  readonly #invocations: Invocations;
  readonly #registrations: Registrations;
  readonly #positions: PositionLog | undefined;
  readonly #pings: Pings;
  readonly #pulse = new Pulse(() => this.#measure());
  readonly #statusListeners: HandlerList<Status>;
  #frameBytesMax = frameBytesMax;

  constructor(settings: Settings) {
    const { requestTimeoutMs, report } = settings;
    this.#settings = settings;
    this.#statusListeners = new HandlerList<Status>(undefined, report);
    this.#requests = new Requests(requestTimeoutMs);
    this.#connection = new Connection(settings, {
      live: (welcome) => this.#live(welcome),
      leaving: () => this.#leaveWhenIdle(),
      lost: (reason) => this.#lost(reason),
      frame: (frame, text, at) => this.#received(frame, text, at),
      status: () => this.#statusChanged(),
      report,
    });
    const ports = {
      requests: this.#requests,
      report,
      isLive: () => this.#connection.isLive,
      send: (text: string) => this.#connection.send(text),
      idle: () => this.#leaveWhenIdle(),
      frameBytesMax: () => this.#frameBytesMax,
    };
    this.#pings = new Pings(ports);
    this.#outbox = new Outbox(settings.queue, ports);
    this.#calls = new Calls(ports);
    this.#invocations = new Invocations(ports);
    const wire = this.#makeWire();
    this.#rooms = new Rooms(wire);
    this.#registrations = new Registrations({ ...wire, report, invocations: this.#invocations });
    if (settings.positions !== undefined)
      this.#positions = new PositionLog(settings.positions, (topic) => this.#rooms.position(topic), report);
  }

  get status(): Status {
    return this.#connection.status;
  }

  onStatus(listener: (status: Status) => void): () => void {
    return this.#statusListeners.add(listener);
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
    // What a topic's data are, the caller knows; to the client they are unknown.
    const given = (typeof handlers === "function" ? { event: handlers } : handlers) as SubscriptionHandlers;
    const presence = options.presence ?? (given.presence !== undefined && match === "exact");
    const begins = since === undefined && last === undefined && match === "exact" && !this.#rooms.has(topic);
    const start = { since: begins ? this.#positions?.get(topic) : since, last };
    const reader: Reader = new Reader({ topic, match, start, presence }, given, {
      report: this.#settings.report,
      moved: match === "exact" ? () => this.#positions?.moved(topic) : () => undefined,
      leave: () => {
        this.#positions?.flush();
        return room.leave(reader);
      },
    });
    const room: Room = this.#rooms.join(reader);
    return reader as Subscription as Subscription<Data>;
  }

  publish(publication: Publication): Promise<Published> {
    const { status } = this;
    if (status.state === "closed") return Promise.reject(closedError(status.reason));
    return this.#outbox.publish(publication);
  }

  async call(procedure: string, data?: unknown, options: CallOptions = {}): Promise<unknown> {
    const { status } = this;
    if (status.state === "closed") throw closedError(status.reason);
    return this.#calls.call(procedure, data, options);
  }

  handle(procedure: string, handler: CallHandler, options: HandleOptions = {}): Registration {
    return this.#registrations.handle(procedure, handler, options);
  }

  ping(): Promise<number> {
    return this.#pings.measure();
  }

  reconnect(): void {
    this.#connection.retry();
  }

  close(): void {
    this.#connection.close();
  }

  #makeWire() {
    const fence = new Fence((answered) => this.#pings.send(answered));
    return {
      isLive: () => this.#connection.isLive,
      ask: (type: string, members: string, settle: (answer: Answer) => void) =>
        this.#requests.ask((id) => this.#connection.send(`{"type":"${type}","id":${id},${members}}`), settle),
      fence: (passed: () => void) => fence.wait(passed),
      retryMs: (failures: number, { retryAfterMs }: SwitchboardError) =>
        Math.max(retryAfterMs ?? 0, backoffMs(failures - 1, this.#settings.backoff)),
    };
  }

  #live({ heartbeat, limits }: DownFrameOf<"welcome">): void {
    this.#frameBytesMax = limits["frameBytesMax"] ?? frameBytesMax;
    this.#pulse.start(heartbeat);
    this.#rooms.live();
    this.#registrations.live();
    this.#outbox.live();
  }

  #lost(reason: string): void {
    this.#pulse.stop();
    this.#rooms.lost();
    this.#registrations.lost();
    this.#invocations.lost();
    this.#outbox.lost();
    const why = `the connection is gone (${reason}): outcome unknown`;
    this.#requests.fail(new SwitchboardError("unavailable", why));
  }

  #leaveWhenIdle(): void {
    if (this.#connection.isLive) return;
    if (this.#outbox.isIdle && this.#calls.isIdle && this.#invocations.isIdle) this.#connection.left();
  }

  #received(frame: DownFrame, text: string, at: number): void {
    switch (frame.type) {
      case "event":
        return this.#heard(frame, text, at);
      case "presence":
        return this.#rooms.attend(frame.topic, frame);
      case "invocation":
        return this.#registrations.receive(frame);
      case "interrupt":
        return this.#invocations.interrupt(frame.id);
      default:
        if ("id" in frame && frame.id !== undefined) this.#requests.answer(frame, frame.id);
    }
  }

  #heard(frame: DownFrameOf<"event">, text: string, at: number): void {
    const acknowledge = (token: string) => this.#connection.send(JSON.stringify({ type: "ack", ack: token }));
    const { admit } = this.#settings;
    const admitted = admit === undefined ? frame : admit(frame);
    this.#rooms.receive(new Arrival(admitted ?? frame, text, at, acknowledge, admitted === undefined));
  }

  #statusChanged(): void {
    const { status } = this;
    if (status.state === "closed") this.#closed(status.code, status.reason);
    this.#statusListeners.call(status, () => true);
  }

  #closed(code: number, reason: string): void {
    const error = closedError(reason);
    this.#outbox.close(error);
    this.#registrations.close(error);
    this.#positions?.flush();
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
}

function closedError(reason: string): SwitchboardError {
  return new SwitchboardError("closed", reason || "the client is closed");
}

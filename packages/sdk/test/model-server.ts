import type { ServerWebSocket } from "bun";
import { ModelTopic, type Stored, type Wanted } from "./model-topic.ts";

interface Room {
  readonly topic: string;
  readonly match: string;
  /** News that waits for the history to be sent; undefined once live. */
  held: Stored[] | undefined;
}

interface Session {
  readonly socket: ServerWebSocket<unknown>;
  readonly rooms: Map<string, Room>;
  /** Histories that are being sent, and pongs that come after them. */
  replays: number;
  pongs: (() => void)[];
  gone: boolean;
}

interface Asked extends Wanted {
  readonly type: string;
  readonly id: number;
  readonly topic: string;
  readonly match?: string;
  readonly resume?: string;
}

/** A server that keeps its word (order, history, hold while joining), and is as slow and as unreliable as it is told to be. */
export class ModelServer implements Disposable {
  readonly topics = new Map<string, ModelTopic>();
  /** How many ms the next answers take, one after the other. */
  readonly delays: number[] = [];
  /** How many subscribes are refused as unavailable. */
  refusals = 0;
  open = 0;
  readonly counts = { sent: 0, recovered: 0, gaps: 0, held: 0, refused: 0, cuts: 0, brokenOff: 0 };
  readonly #sessions = new Set<Session>();
  readonly #server = Bun.serve<{ session?: Session }>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => {
      const headers = { "sec-websocket-protocol": "switchboard.1" };
      return server.upgrade(request, { data: {}, headers }) ? undefined : new Response("no", { status: 400 });
    },
    websocket: {
      open: (socket) => {
        this.open += 1;
        const session = { socket, rooms: new Map<string, Room>(), replays: 0, pongs: [], gone: false };
        socket.data.session = session;
        this.#sessions.add(session);
      },
      message: ({ data: { session } }, text) => {
        if (session !== undefined) this.#hear(session, JSON.parse(String(text)) as Asked);
      },
      close: ({ data: { session } }) => {
        this.open -= 1;
        if (session === undefined) return;
        session.gone = true;
        this.#sessions.delete(session);
      },
    },
  });

  get url(): string {
    return this.#server.url.href;
  }

  /** What the sessions hear, as the server sees it. */
  get subscribed(): string[] {
    const rooms = [...this.#sessions].flatMap((session) => [...session.rooms]);
    return rooms.flatMap(([key, { held }]) => (held === undefined ? [key] : [])).toSorted();
  }

  /** How it stands, for whoever waits in vain. */
  get state() {
    const { open, subscribed, counts } = this;
    const rooms = [...this.#sessions].map((session) => [...session.rooms.keys()]);
    const topics = [...this.topics].map(([name, { epoch, newest }]) => `${name} ${epoch}:${newest}`);
    return { open, rooms, subscribed, counts, topics };
  }

  topic(name: string): ModelTopic {
    const topic = this.topics.get(name) ?? new ModelTopic();
    this.topics.set(name, topic);
    return topic;
  }

  publish(name: string, skip: number, visible: boolean): Stored {
    const event = this.topic(name).publish(skip, visible);
    if (visible) for (const session of this.#sessions) this.#deliver(session, name, event);
    return event;
  }

  /** The history loses its older half. */
  forget(name: string): void {
    this.topic(name).forget();
  }

  /** The history is lost; whoever listens is cut, since its position means nothing any more. */
  wipe(name: string): void {
    this.topic(name).wipe();
    this.cut();
  }

  cut(code?: number): void {
    for (const session of this.#sessions) {
      this.counts.cuts += 1;
      session.gone = true;
      this.#sessions.delete(session);
      if (code === undefined) session.socket.terminate();
      else session.socket.close(code);
    }
  }

  drain(retryAfter: number): void {
    for (const session of this.#sessions) this.#send(session, { type: "draining", retryAfter });
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }

  #hear(session: Session, asked: Asked): void {
    const { id, type } = asked;
    if (type === "hello") return this.#later(session, () => this.#welcome(session));
    if (type === "ping") return this.#pong(session, id);
    if (type === "subscribe") return this.#subscribe(session, asked);
    if (type !== "unsubscribe") return;
    session.rooms.delete(keyOf(asked));
    this.#later(session, () => this.#send(session, { type: "unsubscribed", id }));
  }

  #welcome(session: Session): void {
    const resume = "secret";
    const rest = { crmIds: [], server: "model", version: "0", heartbeat: 25_000, limits: {} };
    this.#send(session, { type: "welcome", session: "s", resume, ...rest });
  }

  #subscribe(session: Session, asked: Asked): void {
    const { id, topic: name, match = "exact" } = asked;
    const room: Room = { topic: name, match, held: [] };
    session.rooms.set(keyOf(asked), room);
    const isRefused = this.refusals > 0;
    if (isRefused) this.refusals -= 1;
    this.#later(session, () => {
      if (session.rooms.get(keyOf(asked)) !== room) return;
      if (isRefused) return this.#refuse(session, asked);
      if (match === "exact") return this.#answer(session, asked, room);
      this.#send(session, { type: "subscribed", id, topic: name, epoch: "", offset: 0 });
      room.held = undefined;
    });
  }

  /** Who was on the topic before is so no longer; until then a pattern hears nothing of it. */
  #refuse(session: Session, asked: Asked): void {
    this.counts.refused += 1;
    session.rooms.delete(keyOf(asked));
    this.#send(session, { type: "error", id: asked.id, code: "unavailable", message: "no" });
  }

  #answer(session: Session, { id, topic: name, ...wanted }: Asked, room: Room): void {
    const topic = this.topic(name);
    const { whole: recovered, missed } = topic.read(wanted);
    if (recovered !== undefined) this.counts[recovered ? "recovered" : "gaps"] += 1;
    const { epoch, newest: offset } = topic;
    this.#send(session, { type: "subscribed", id, topic: name, epoch: `e${epoch}`, offset, recovered });
    this.#replay(session, room, missed, offset);
  }

  /** The history in two pages, then what was held; a subscribe that comes in between breaks it off. */
  #replay(session: Session, room: Room, missed: readonly Stored[], joinedAt: number): void {
    const isCurrent = () => session.rooms.get(`exact ${room.topic}`) === room;
    const half = Math.ceil(missed.length / 2);
    session.replays += 1;
    this.#later(session, () => {
      if (isCurrent()) this.#sendAll(session, room, missed.slice(0, half));
      this.#later(session, () => {
        if (isCurrent()) {
          const held = (room.held ?? []).filter(({ offset }) => offset > joinedAt);
          room.held = undefined;
          this.#sendAll(session, room, [...missed.slice(half), ...held]);
        } else this.counts.brokenOff += 1;
        session.replays -= 1;
        if (session.replays === 0) for (const pong of session.pongs.splice(0)) pong();
      });
    });
  }

  #sendAll(session: Session, { topic }: Room, events: readonly Stored[]): void {
    for (const event of events) if (event.visible) this.#sendEvent(session, topic, event);
  }

  #pong(session: Session, id: number): void {
    const pong = () => this.#send(session, { type: "pong", id });
    if (session.replays === 0) pong();
    else session.pongs.push(pong);
  }

  #deliver(session: Session, name: string, event: Stored): void {
    const exact = session.rooms.get(`exact ${name}`);
    const room =
      exact ??
      [...session.rooms.values()].find((one) => one.match === "prefix" && name.startsWith(one.topic));
    if (room === undefined) return;
    if (room.held === undefined) return this.#sendEvent(session, name, event);
    this.counts.held += 1;
    if (room.match === "exact") room.held.push(event);
  }

  #sendEvent(session: Session, topic: string, { epoch, offset }: Stored): void {
    this.counts.sent += 1;
    const publication = `${epoch}:${offset}`;
    this.#send(session, { type: "event", topic, name: "m", offset, time: 1, publication, data: null });
  }

  #later(session: Session, act: () => void): void {
    const delayMs = this.delays.shift() ?? 0;
    if (delayMs === 0) return act();
    setTimeout(() => {
      if (!session.gone) act();
    }, delayMs);
  }

  #send(session: Session, frame: object): void {
    if (!session.gone) session.socket.send(JSON.stringify(frame));
  }
}

function keyOf({ topic, match = "exact" }: Asked): string {
  return `${match} ${topic}`;
}

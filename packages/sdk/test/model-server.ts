import type { ServerWebSocket } from "bun";

interface Stored {
  readonly epoch: number;
  readonly offset: number;
  /** Whether the client may hear it. */
  readonly visible: boolean;
}

interface Topic {
  epoch: number;
  newest: number;
  /** Everything that was ever published, over all epochs. */
  readonly all: Stored[];
  /** What the history still holds. */
  history: Stored[];
  /** What was forgotten of this epoch, up to this offset. */
  forgotten: number;
}

interface Room {
  readonly topic: string;
  readonly match: string;
  /** News that waits for the history to be sent; undefined once live. */
  held: Stored[] | undefined;
}

interface Session {
  readonly socket: ServerWebSocket<unknown>;
  readonly rooms: Map<string, Room>;
  gone: boolean;
}

interface Asked {
  readonly type: string;
  readonly id: number;
  readonly topic: string;
  readonly match?: string;
  readonly since?: { readonly epoch: string; readonly offset: number };
  readonly last?: number;
  readonly resume?: string;
}

/** A server that keeps its word (order, history, hold while joining), and is as slow and as unreliable as it is told to be. */
export class ModelServer implements Disposable {
  readonly topics = new Map<string, Topic>();
  /** How many ms the next answers take, one after the other. */
  readonly delays: number[] = [];
  /** How many subscribes are refused as unavailable. */
  refusals = 0;
  open = 0;
  readonly counts = { sent: 0, recovered: 0, gaps: 0, held: 0, refused: 0, cuts: 0 };
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
        const session = { socket, rooms: new Map<string, Room>(), gone: false };
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

  topic(name: string): Topic {
    const topic = this.topics.get(name) ?? { epoch: 1, newest: 0, all: [], history: [], forgotten: 0 };
    this.topics.set(name, topic);
    return topic;
  }

  publish(name: string, skip: number, visible: boolean): Stored {
    const topic = this.topic(name);
    topic.newest += 1 + skip;
    const event = { epoch: topic.epoch, offset: topic.newest, visible };
    topic.all.push(event);
    topic.history.push(event);
    if (!visible) return event;
    for (const session of this.#sessions) this.#deliver(session, name, event);
    return event;
  }

  /** The history loses its older half. */
  forget(name: string): void {
    const topic = this.topic(name);
    const lost = topic.history.splice(0, Math.ceil(topic.history.length / 2)).at(-1);
    topic.forgotten = lost?.offset ?? topic.forgotten;
  }

  /** The history is lost; whoever listens is cut, since its position means nothing any more. */
  wipe(name: string): void {
    const topic = this.topic(name);
    topic.epoch += 1;
    topic.newest = 0;
    topic.history = [];
    topic.forgotten = 0;
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
    if (type === "ping") return this.#send(session, { type: "pong", id });
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
    if (this.refusals > 0) {
      this.refusals -= 1;
      this.counts.refused += 1;
      session.rooms.delete(keyOf(asked));
      return this.#later(session, () =>
        this.#send(session, { type: "error", id, code: "unavailable", message: "no" }),
      );
    }
    const room: Room = { topic: name, match, held: [] };
    session.rooms.set(keyOf(asked), room);
    this.#later(session, () => {
      if (session.rooms.get(keyOf(asked)) !== room) return;
      if (match !== "exact")
        this.#send(session, { type: "subscribed", id, topic: name, epoch: "", offset: 0 });
      else this.#answer(session, asked);
      const held = room.held ?? [];
      room.held = undefined;
      for (const event of held) if (event.offset > this.#joinedAt) this.#sendEvent(session, name, event);
    });
  }

  #joinedAt = 0;

  #answer(session: Session, { id, topic: name, since, last }: Asked): void {
    const topic = this.topic(name);
    this.#joinedAt = topic.newest;
    const whole = since !== undefined && since.epoch === `e${topic.epoch}` && since.offset >= topic.forgotten;
    if (since !== undefined) this.counts[whole ? "recovered" : "gaps"] += 1;
    const recovered = since === undefined ? undefined : whole;
    this.#send(session, {
      type: "subscribed",
      id,
      topic: name,
      epoch: `e${topic.epoch}`,
      offset: topic.newest,
      recovered,
    });
    const from = since === undefined ? Infinity : since.epoch === `e${topic.epoch}` ? since.offset : -1;
    const missed =
      last === undefined ? topic.history.filter(({ offset }) => offset > from) : topic.history.slice(-last);
    for (const event of missed) if (event.visible) this.#sendEvent(session, name, event);
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

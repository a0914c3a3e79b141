import type { ServerWebSocket } from "bun";
import { expect } from "vitest";

type Frame = Readonly<Record<string, unknown>>;

const defaults: Readonly<Record<string, Frame>> = {
  welcome: {
    session: "s1",
    resume: "secret",
    crmIds: [],
    server: "fake",
    version: "0",
    heartbeat: 25_000,
    limits: {},
  },
  event: { topic: "crm.42", name: "message", time: 1, publication: "p", data: null },
  subscribed: { topic: "crm.42", epoch: "a" },
  published: { publication: "p", results: [] },
  error: { message: "no" },
};

/** A server that does what the test says, over real sockets. */
export class FakeServer implements Disposable {
  readonly #accepted = new Mailbox<Peer>();
  readonly #server = Bun.serve<{ peer?: Peer; url: string; subprotocol: string | null }>({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request, server) => {
      const subprotocol = request.headers.get("sec-websocket-protocol");
      const data = { url: request.url, subprotocol };
      if (server.upgrade(request, { data, headers: { "sec-websocket-protocol": "switchboard.1" } }))
        return undefined;
      return new Response("no", { status: 400 });
    },
    websocket: {
      open: (socket) => {
        this.open += 1;
        this.opened += 1;
        socket.data.peer = new Peer(socket, socket.data);
        this.#accepted.put(socket.data.peer);
      },
      message: (socket, text) => socket.data.peer?.hear(String(text)),
      close: (socket, code) => {
        this.open -= 1;
        socket.data.peer?.ended(code);
      },
    },
  });

  open = 0;
  opened = 0;

  get url(): string {
    return this.#server.url.href;
  }

  /** The next connection. */
  accept(): Promise<Peer> {
    return this.#accepted.take("a connection");
  }

  /** The next connection, after this conversation: see `Peer.play`. */
  async play(conversation: string): Promise<Peer> {
    const peer = await this.accept();
    await peer.play(conversation);
    return peer;
  }

  [Symbol.dispose](): void {
    void this.#server.stop(true);
  }
}

/** One connection, seen from the server. */
export class Peer {
  readonly url: string;
  readonly subprotocol: string | null;
  readonly #socket: ServerWebSocket<unknown>;
  readonly #heard = new Mailbox<Frame>();
  #lastId: unknown;
  /** Whether pings are answered, and kept out of the conversation. */
  answersPings = true;
  pings = 0;

  constructor(
    socket: ServerWebSocket<unknown>,
    { url, subprotocol }: { url: string; subprotocol: string | null },
  ) {
    this.#socket = socket;
    this.url = url;
    this.subprotocol = subprotocol;
  }

  hear(text: string): void {
    const frame = JSON.parse(text) as Frame;
    if (frame["type"] === "ping") {
      this.pings += 1;
      if (this.answersPings) this.send({ type: "pong", id: frame["id"] });
    } else this.#heard.put(frame);
  }

  ended(code: number): void {
    this.#heard.put({ type: "close", code });
  }

  send(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  close(code: number, reason = ""): void {
    this.#socket.close(code, reason);
  }

  /** The connection breaks, without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  /** What the client says next. */
  next(): Promise<Frame> {
    return this.#heard.take("a frame");
  }

  /** Whether the client has said nothing that was not listened to. */
  get isQuiet(): boolean {
    return this.#heard.isEmpty;
  }

  /**
   * Plays a conversation, a frame a line: `> subscribe {"topic":"a"}` is what the client must say (all of it but the id), `< subscribed
   * {"offset":5}` what the server answers (to the last id, with defaults filled in). `close` is the connection's end: `< close 1012`.
   */
  async play(conversation: string): Promise<void> {
    for (const line of conversation.split("\n")) {
      const [, who, type = "", rest = ""] = /^\s*([<>])\s*(\w+)\s*(.*)$/.exec(line) ?? [];
      if (who === ">") await this.#expect(type, rest);
      else if (who === "<") this.#say(type, rest);
      else expect(line.trim()).toBe("");
    }
  }

  async #expect(type: string, rest: string): Promise<void> {
    const { id, ...frame } = await this.next();
    this.#lastId = id;
    const wanted = type === "close" ? { code: Number(rest) } : (JSON.parse(rest || "{}") as Frame);
    expect(frame).toEqual({ type, ...wanted });
  }

  #say(type: string, rest: string): void {
    if (type === "close") return this.close(Number(rest));
    const id = type === "event" || type === "welcome" || type === "draining" ? undefined : this.#lastId;
    this.send({ type, id, ...defaults[type], ...(JSON.parse(rest || "{}") as Frame) });
  }
}

class Mailbox<T> {
  readonly #letters: T[] = [];
  readonly #waiters: ((letter: T) => void)[] = [];

  get isEmpty(): boolean {
    return this.#letters.length === 0;
  }

  put(letter: T): void {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) this.#letters.push(letter);
    else waiter(letter);
  }

  take(what: string): Promise<T> {
    const letter = this.#letters.shift();
    if (letter !== undefined) return Promise.resolve(letter);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), 20_000);
      this.#waiters.push((late) => {
        clearTimeout(timer);
        resolve(late);
      });
    });
  }
}

/** Subscribes that one session has under way at most. */
const windowMax = 50;

/** A session that follows topics, and counts what it hears. */
export class Follower {
  events = 0;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, () => void>();
  #id = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#hear(String(data)));
  }

  /** Connects to a node, and is welcomed. */
  static async connect(url: string): Promise<Follower> {
    const socket = new WebSocket(`${url.replace("http:", "ws:")}/ws`, "switchboard.1");
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const follower = new Follower(socket);
    const welcomed = new Promise<void>((resolve) => follower.#answers.set(0, resolve));
    socket.send('{"type":"hello"}');
    await welcomed;
    return follower;
  }

  async follow(topics: readonly string[]): Promise<void> {
    let next = 0;
    const lane = async () => {
      for (let topic = topics[next++]; topic !== undefined; topic = topics[next++])
        await this.#ask({ type: "subscribe", topic });
    };
    await Promise.all(Array.from({ length: windowMax }, lane));
  }

  publish(topic: string, data: string): Promise<void> {
    return this.#ask({ type: "publish", topic, data });
  }

  close(): void {
    this.#socket.close();
  }

  #ask(frame: object): Promise<void> {
    const id = (this.#id += 1);
    const answered = new Promise<void>((resolve) => this.#answers.set(id, resolve));
    this.#socket.send(JSON.stringify({ ...frame, id }));
    return answered;
  }

  #hear(text: string): void {
    if (text.startsWith('{"type":"event"')) {
      this.events += 1;
      return;
    }
    const { type, id = 0, message } = JSON.parse(text) as { type: string; id?: number; message?: string };
    if (type === "error") throw new Error(message);
    this.#answers.get(id)?.();
    this.#answers.delete(id);
  }
}

import type { Frame } from "./harness.ts";

const patienceMs = 20_000;

/** A client on a real socket. */
export class Peer {
  readonly socket: WebSocket;
  readonly opened: Promise<void>;
  /** The code of the connection's end. */
  readonly closed: Promise<number>;
  /** What was heard and not taken yet. */
  readonly heard: Frame[] = [];
  /** The code of the connection's end, once it has come. */
  ended: number | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.opened = new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("close", ({ code }) =>
        reject(new Error(`closed with ${code} before it opened`)),
      );
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
    socket.addEventListener("message", ({ data }) => {
      this.heard.push(JSON.parse(String(data)) as Frame);
      this.#look();
    });
    socket.addEventListener("close", ({ code }) => {
      this.ended = code;
      this.#look();
    });
  }

  say(frame: string | Frame | Uint8Array<ArrayBuffer>): void {
    this.socket.send(
      typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame),
    );
  }

  /** Resolves when what was heard, or the connection's end, makes it so. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        reject(
          new Error(
            `waited in vain for ${isSo.toString()}; heard ${JSON.stringify(this.heard).slice(0, 2_000)}`,
          ),
        );
      }, patienceMs);
      const watcher = () => {
        if (!isSo()) return;
        clearTimeout(giveUp);
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
      watcher();
    });
  }

  /** The next frame of this type; those before it are passed over. */
  async next(type: string): Promise<Frame> {
    const place = () => this.heard.findIndex((frame) => frame["type"] === type);
    await this.until(() => place() !== -1);
    return this.heard.splice(0, place() + 1).at(-1) as Frame;
  }

  #look(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

import { connect, type Socket } from "node:net";

/** A publish over HTTP whose body comes in two halves. */
export class SlowPublish implements Disposable {
  readonly #socket: Socket;
  readonly #body: string;
  /** What the server has answered. */
  answer = "";

  constructor(port: number, topic: string) {
    this.#body = JSON.stringify({ topic, data: "slow" });
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (part) => (this.answer += String(part)));
    this.#socket.on("error", () => undefined);
  }

  /** Sends the head and half the body, and gives the server the time to begin. */
  async half(): Promise<void> {
    const head = ["POST /api/v1/publish HTTP/1.1", "Host: 127.0.0.1", `Content-Length: ${this.#body.length}`];
    this.#socket.write(`${head.join("\r\n")}\r\n\r\n${this.#body.slice(0, 10)}`);
    await Bun.sleep(100);
  }

  rest(): void {
    this.#socket.write(this.#body.slice(10));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

import { subprotocol } from "@switchboard/protocol";

/** What is heard of a socket, until it is closed from this side. */
export interface SocketListener {
  opened(): void;
  received(text: string): void;
  closed(code: number, reason: string): void;
}

/** One WebSocket, from its opening to its end. Once `close` is called, the listener hears nothing more. */
export class Socket {
  readonly #socket: WebSocket;
  readonly #gone: Promise<void>;
  #listener: SocketListener | undefined;

  constructor(WebSocketClass: typeof WebSocket, url: string, listener: SocketListener) {
    this.#listener = listener;
    this.#socket = new WebSocketClass(url, [subprotocol]);
    this.#socket.addEventListener("open", () => this.#listener?.opened());
    this.#socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") this.#listener?.received(data);
    });
    // The close that follows says all there is to say; but to `ws` an error that nobody listens to ends the process.
    this.#socket.addEventListener("error", () => undefined);
    this.#gone = new Promise((resolve) => {
      this.#socket.addEventListener("close", ({ code, reason }) => {
        this.#listener?.closed(code, reason);
        resolve();
      });
    });
  }

  /** Resolves when nothing is left of it, or after so long, or when aborted. */
  goneOr(patienceMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(end, patienceMs);
      function end() {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      }
      signal.addEventListener("abort", end);
      void this.#gone.then(end);
    });
  }

  send(text: string): void {
    if (this.#socket.readyState === 1) this.#socket.send(text);
  }

  close(code: number, reason: string): void {
    this.#listener = undefined;
    this.#socket.close(code, reason);
  }
}

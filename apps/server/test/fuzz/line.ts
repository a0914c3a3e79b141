import type { Language, Said } from "./languages.ts";

/** How a frame was taken. */
export type Outcome = "lives" | "ended";

const patienceMs = 30_000;

/** One connection at a time, on which one frame after the other is said; where it is ended, the next frame has a new one. */
export class Line {
  readonly #language: Language;
  readonly #origin: string;
  #socket: WebSocket | undefined;
  #number = 0;
  #wake: (() => void) | undefined;
  #isAnswered = false;
  #fault: Error | undefined;
  #closed: { readonly code: number; readonly reason: string } | undefined;

  /** @param origin where the server is, with ws: */
  constructor(language: Language, origin: string) {
    this.#language = language;
    this.#origin = origin;
  }

  /** Says it, and waits until the server has answered what comes after it, or ended. @throws Error where it did neither as it should */
  async say(said: Said): Promise<Outcome> {
    await this.#open();
    const { spell, marker, ends } = this.#language;
    this.#isAnswered = false;
    this.#number += 1;
    this.#socket?.send(said);
    this.#socket?.send(spell(marker(this.#number)));
    await this.#until(() => this.#isAnswered || this.#closed !== undefined);
    const closed = this.#closed;
    if (closed === undefined) return "lives";
    this.#socket = undefined;
    if (!ends.includes(closed.code)) throw new Error(`ended with ${closed.code} ${closed.reason}`);
    return "ended";
  }

  close(): void {
    this.#socket?.close();
  }

  async #open(): Promise<void> {
    if (this.#socket !== undefined) return;
    const { path, protocols, opening, spell } = this.#language;
    const socket = new WebSocket(`${this.#origin}${path}`, protocols);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#closed = undefined;
    let isOpen = false;
    socket.addEventListener("open", () => {
      isOpen = true;
      this.#wake?.();
    });
    socket.addEventListener("message", ({ data }) => {
      this.#hear(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer));
    });
    socket.addEventListener("close", ({ code, reason }) => {
      if (this.#socket === socket) this.#closed = { code, reason };
      this.#wake?.();
    });
    await this.#until(() => isOpen);
    for (const message of opening) socket.send(spell(message));
  }

  #hear(data: Said): void {
    const { read, answers } = this.#language;
    try {
      if (answers(read(data), this.#number)) this.#isAnswered = true;
    } catch (error) {
      this.#fault ??= error as Error;
    }
    if (this.#isAnswered || this.#fault !== undefined) this.#wake?.();
  }

  async #until(isSo: () => boolean): Promise<void> {
    const timer = setTimeout(() => {
      this.#fault ??= new Error("neither answered nor ended");
      this.#wake?.();
    }, patienceMs);
    while (!isSo() && this.#fault === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    clearTimeout(timer);
    if (this.#fault !== undefined) throw this.#fault;
  }
}

import type { DownFrame } from "@switchboard/protocol";
import { errorOf, SwitchboardError } from "./switchboard-error.ts";

/** What became of a request: the frame that answers it, or why there is none. */
export type Answer = DownFrame | SwitchboardError;

interface Open {
  readonly settle: (answer: Answer) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** The requests under way over the connection. Each gets exactly one answer: a frame, a timeout, or the connection's end. */
export class Requests {
  readonly #timeoutMs: number;
  readonly #open = new Map<number, Open>();
  #id = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Writes a request with an id of its own. */
  ask(write: (id: number) => void, settle: (answer: Answer) => void): void {
    this.#id += 1;
    this.expect(this.#id, 0, settle);
    write(this.#id);
  }

  /** Waits for (another) answer to a request, for so much longer than usual. */
  expect(id: number, extraMs: number, settle: (answer: Answer) => void): void {
    const timeoutMs = this.#timeoutMs + extraMs;
    const timer = setTimeout(() => {
      this.#open.delete(id);
      settle(new SwitchboardError("timeout", `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    this.#open.set(id, { settle, timer });
  }

  /** Gives the frame to whoever asked, if somebody still waits for it. */
  answer(frame: DownFrame, id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    this.#open.delete(id);
    clearTimeout(open.timer);
    open.settle(frame.type === "error" ? errorOf(frame) : frame);
  }

  /** The connection is gone: nobody answers any more. */
  fail(error: SwitchboardError): void {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const { timer } of all) clearTimeout(timer);
    for (const { settle } of all) settle(error);
  }
}

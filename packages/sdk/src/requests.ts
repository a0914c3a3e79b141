import type { DownFrame } from "@switchboard/protocol";
import { type CallError, callErrorOf } from "./call-error.ts";
import { errorOf, SwitchboardError } from "./switchboard-error.ts";

/** What became of a request: the frame that answers it, or why there is none. */
export type Answer = DownFrame | SwitchboardError;

/** What became of a call, or of a part of it: its callee may fail in its own words. */
export type CallAnswer = Answer | CallError;

interface Open {
  settle(answer: CallAnswer): void;
  /** Only a call's failure may be read as a CallError. */
  readonly read: typeof errorOf | typeof callErrorOf;
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

  /**
   * The same for a call, which may take so much longer than usual. Parts of its answer settle it, too, and it goes on.
   * @returns the request's id
   */
  call(write: (id: number) => void, extraMs: number, settle: (answer: CallAnswer) => void): number {
    const id = (this.#id += 1);
    this.#wait(id, extraMs, settle, callErrorOf);
    write(id);
    return id;
  }

  /** Waits for (another) answer to a request, for so much longer than usual. */
  expect(id: number, extraMs: number, settle: (answer: Answer) => void): void {
    this.#wait(id, extraMs, settle, errorOf);
  }

  /** The answer is no longer waited for. */
  forget(id: number): void {
    clearTimeout(this.#open.get(id)?.timer);
    this.#open.delete(id);
  }

  /** Gives the frame to whoever asked, if somebody still waits for it. */
  answer(frame: DownFrame, id: number): void {
    const open = this.#open.get(id);
    if (open === undefined) return;
    if (frame.type === "result" && frame.progress === true) return open.settle(frame);
    this.forget(id);
    open.settle(frame.type === "error" ? open.read(frame) : frame);
  }

  /** The connection is gone: nobody answers any more. */
  fail(error: SwitchboardError): void {
    const all = [...this.#open.values()];
    this.#open.clear();
    for (const { timer } of all) clearTimeout(timer);
    for (const open of all) open.settle(error);
  }

  #wait(id: number, extraMs: number, settle: Open["settle"], read: Open["read"]): void {
    const timeoutMs = this.#timeoutMs + extraMs;
    const timer = setTimeout(() => {
      this.#open.delete(id);
      settle(new SwitchboardError("timeout", `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    this.#open.set(id, { settle, read, timer });
  }
}

import { type DownFrameOf, utf8Bytes } from "@switchboard/protocol";
import { CallError } from "./call-error.ts";
import { dataText } from "./data-text.ts";
import type { CallHandler } from "./registration.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/** What invocations need of the client. */
export interface InvocationPorts {
  readonly report: (error: unknown) => void;
  send(text: string): void;
  /** How large a frame the server takes. */
  frameBytesMax(): number;
  /** No invocation waits for its handler any more. */
  idle(): void;
}

/** What the server takes of an error's code and message. */
const codeLengthMax = 128;
const messageLengthMax = 4_096;

/** The calls that have come to this client's handlers. They run side by side; each is answered once, or not at all where nobody waits. */
export class Invocations {
  readonly #ports: InvocationPorts;
  readonly #running = new Map<number, AbortController>();

  constructor(ports: InvocationPorts) {
    this.#ports = ports;
  }

  /** Whether no handler is at work. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Has the call answered by the handler; without one, the callee has left. */
  receive(frame: DownFrameOf<"invocation">, handler: CallHandler | undefined): void {
    const { id } = frame;
    const work = new AbortController();
    this.#running.set(id, work);
    void this.#run(frame, work.signal, handler ?? gone).then((answer) => {
      if (work.signal.aborted) return;
      this.#running.delete(id);
      this.#ports.send(answer);
      if (this.isIdle) this.#ports.idle();
    });
  }

  /** Nobody waits for this one any longer. */
  interrupt(id: number): void {
    const work = this.#running.get(id);
    this.#running.delete(id);
    work?.abort(new SwitchboardError("canceled", "the caller no longer waits"));
    if (this.isIdle) this.#ports.idle();
  }

  /** The connection is gone: nobody waits for any. */
  lost(): void {
    const all = [...this.#running.values()];
    this.#running.clear();
    for (const work of all) work.abort(new SwitchboardError("canceled", "the connection is gone"));
  }

  /** The frame that answers the invocation. */
  async #run(
    { id, procedure, data: input, caller, progress: isWanted }: DownFrameOf<"invocation">,
    signal: AbortSignal,
    handler: CallHandler,
  ): Promise<string> {
    let isOver = false;
    const progress = (part: unknown) => {
      if (isWanted === true && !isOver && !signal.aborted)
        this.#ports.send(this.#fitting(`{"type":"yield","id":${id},"progress":true${member(part)}}`));
    };
    try {
      const output = await handler({ procedure, input, caller, signal, progress });
      return this.#fitting(`{"type":"yield","id":${id}${member(output)}}`);
    } catch (error) {
      if (!signal.aborted && !isRefusal(error)) this.#ports.report(error);
      return this.#refusal(id, error);
    } finally {
      isOver = true;
    }
  }

  /** The frame that says what the handler has thrown; where its details cannot be sent, why not. */
  #refusal(id: number, error: unknown): string {
    try {
      return this.#fitting(errorFrame(id, error));
    } catch (cause) {
      this.#ports.report(cause);
      return errorFrame(id, cause);
    }
  }

  /** Throws where the server would not take the frame, and nobody would hear of it. */
  #fitting(frame: string): string {
    const max = this.#ports.frameBytesMax();
    if (frame.length * 3 <= max || utf8Bytes(frame) <= max) return frame;
    throw new SwitchboardError("too_large", `the answer has more than ${max} bytes`);
  }
}

function gone(): never {
  throw new SwitchboardError("unavailable", "the callee has left");
}

function isRefusal(error: unknown): error is SwitchboardError | CallError {
  return error instanceof SwitchboardError || error instanceof CallError;
}

function errorFrame(id: number, error: unknown): string {
  const { code, message, details } = isRefusal(error)
    ? error
    : new SwitchboardError("internal", "the callee failed");
  return JSON.stringify({
    type: "error",
    id,
    code: code.slice(0, codeLengthMax) || "internal",
    message: message.slice(0, messageLengthMax),
    details,
  });
}

function member(data: unknown): string {
  const text = dataText(data);
  return text === undefined ? "" : `,"data":${text}`;
}

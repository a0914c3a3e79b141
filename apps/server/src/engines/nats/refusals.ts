import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { Refusal } from "../../core/errors.ts";

/** How long operators are not told again that NATS has no room, in ms. */
const tellAgainMs = 60_000;

/** JetStream's codes for a message that is larger than its stream takes, and for what a store said itself. */
const tooLarge = 10_054;
const storeFailed = 10_077;
/** What is used up, by JetStream's other codes. */
const usedUp: Readonly<Record<number, string>> = {
  10_002: "its account's storage is used up (max_file)",
  10_023: "a server's storage is used up (max_file_store, or the disk)",
  10_027: "its account has as many streams as it may (max_streams)",
  10_047: "a server's storage is used up (max_file_store, or the disk)",
};

/** What NATS refuses, or does not answer, in the product's own words; operators are told where it has no room. */
export class Refusals {
  readonly #tell: (news: string) => void;
  #toldAt = -Infinity;

  constructor(tell: (news: string) => void) {
    this.#tell = tell;
  }

  /** `unavailable`, or `too_large`. @param what what that means for whoever asked */
  of(what: string, cause: unknown): Refusal {
    if (cause instanceof Refusal) return cause;
    if (isCode(cause, tooLarge))
      return new Refusal("too_large", "data: its stream in NATS takes smaller messages only (max_msg_size)");
    const full = fullWords(cause);
    if (full === undefined)
      return new Refusal("unavailable", `${what} (${reasonOf(cause as Error)})`, { cause });
    this.#tellFull(full);
    return new Refusal("unavailable", `NATS has no room: ${full}`, { cause });
  }

  #tellFull(full: string): void {
    const now = performance.now();
    if (now - this.#toldAt < tellAgainMs) return;
    this.#toldAt = now;
    this.#tell(`NATS has no room, publishes are refused: ${full}`);
  }
}

/** Whether JetStream answered with this code. */
export function isCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

/** What is used up where NATS has no room, and which of its settings decides it; undefined where the fault is another. */
function fullWords(error: unknown): string | undefined {
  if (!(error instanceof JetStreamApiError)) return undefined;
  const { code, message } = error;
  if (code !== storeFailed) return usedUp[code];
  if (message.includes("no space left")) return "a server's disk is full";
  return /maximum (bytes|messages) /.test(message)
    ? "a stream's storage is used up (its max_bytes, or max_msgs)"
    : undefined;
}

/** A publish to a stream without a leader is heard by nobody: the client library says then that there is no JetStream. */
function reasonOf({ message, cause }: Error): string {
  if (!(cause instanceof errors.RequestError && cause.isNoResponders())) return message;
  return "no server leads its stream: they are choosing one, or have no room (max_file_store)";
}

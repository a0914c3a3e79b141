import type { DownFrameOf } from "@switchboard/protocol";
import { type Backoff, defaultBackoff } from "./backoff.ts";
import type { Queue } from "./outbox.ts";
import type { PositionStore } from "./position-store.ts";
import { socketAddress } from "./address.ts";
import { SwitchboardError } from "./switchboard-error.ts";
import { longestMs } from "./timer.ts";

/** How a client connects, and what it does when it cannot. Everything has a default in a page that the server itself serves. */
export interface ClientOptions {
  /** Where the server is: http(s) or ws(s); without a path, `/ws`. In a page, its own origin by default. */
  readonly url?: string;
  /** Records to follow from the start, as by `follow` for each. */
  readonly crmIds?: readonly string[];
  /** Free text that names this client in the server's list of sessions. */
  readonly client?: string;
  /** Asked for at every connect. It never shows in an address. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Where read positions are kept, so that a reloaded tab goes on where it was. By default they end with the subscription. */
  readonly positions?: PositionStore;
  /** Publishes made while offline wait; without it they fail at once, with code `offline`. */
  readonly queue?: Queue;
  /** Between tries; 500 and 20,000 ms by default. */
  readonly backoff?: Partial<Backoff>;
  /** How long an answer, a welcome or a sign of life may be late, in ms; 10,000 by default. */
  readonly requestTimeoutMs?: number;
  /** For runtimes without one of their own, such as Node 20: `ws` has one that fits. */
  readonly WebSocket?: typeof WebSocket;
  /** Hears what handlers throw, and what goes wrong that nobody asked for; by default `reportError`, or the console. */
  readonly onError?: (error: unknown) => void;
}

/** The options with everything decided. */
export interface Settings {
  readonly url: string;
  readonly backoff: Backoff;
  readonly requestTimeoutMs: number;
  readonly WebSocket: typeof WebSocket;
  readonly queue: Queue | undefined;
  readonly positions: PositionStore | undefined;
  readonly report: (error: unknown) => void;
  /** What is heard of an event; undefined where nobody is to hear it. Without it, all is heard as it came. */
  readonly admit?: (frame: DownFrameOf<"event">) => DownFrameOf<"event"> | undefined;
  /** The `hello` for a new socket. */
  hello(resume: string | undefined): Promise<string>;
}

/**
 * Fills in what the options leave open.
 * @throws SwitchboardError invalid_argument where there is no address or no WebSocket.
 */
export function settingsOf(options: ClientOptions): Settings {
  return {
    url: socketAddress(options.url),
    backoff: {
      baseMs: options.backoff?.baseMs ?? defaultBackoff.baseMs,
      maxMs: options.backoff?.maxMs ?? defaultBackoff.maxMs,
    },
    requestTimeoutMs: Math.min(options.requestTimeoutMs ?? 10_000, longestMs),
    WebSocket: options.WebSocket ?? globalWebSocket(),
    queue: options.queue,
    positions: options.positions,
    report: safely(options.onError ?? reportSomewhere),
    async hello(resume) {
      const token = typeof options.token === "function" ? await options.token() : options.token;
      return JSON.stringify({ type: "hello", token, client: options.client, resume });
    },
  };
}

function globalWebSocket(): typeof WebSocket {
  if (typeof WebSocket === "function") return WebSocket;
  const advice =
    "this runtime has no WebSocket; give one as options.WebSocket, such as that of the package ws";
  throw new SwitchboardError("invalid_argument", advice);
}

/** A reporter that throws must not stop what goes on around it. */
function safely(report: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      report(error);
    } catch (failure) {
      console.error(failure, error);
    }
  };
}

function reportSomewhere(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}

import type { Clock } from "./clock.ts";
import { Refusal } from "./errors.ts";
import type { Peers } from "./peers.ts";

/** How many of those who were sent an event acknowledged it in time. */
export interface Receipt {
  readonly acked: number;
  readonly receivers: number;
}

/** A publish that waits for its acknowledgements; one that comes to nothing is forgotten when its time is up. */
export interface Awaited {
  /** The token that the events of this publish carry, unguessable: whoever knows it was sent one of them. */
  readonly token: string;
  /** Resolves when all of so many receivers have acknowledged, or the time is up. */
  receipt(receivers: number): Promise<Receipt>;
}

interface Waiting {
  readonly acked: Set<string>;
  /** In how many topics a session may have been sent the event. */
  readonly places: number;
  receivers: number;
  settle: () => void;
}

/** How many publishes may wait for acknowledgements at once. */
const awaitedMax = 10_000;

/** What a node tells another of its events: the token, and which session has handled it. */
type Acknowledgement = readonly [token: string, session: string];

/** The publishes of this node that wait for acknowledgements, whatever node they come to. */
export class Receipts {
  readonly #clock: Clock;
  readonly #peers: Peers;
  readonly #waiting = new Map<string, Waiting>();

  constructor(clock: Clock, peers: Peers) {
    this.#clock = clock;
    this.#peers = peers;
    peers.hear("ack", ([token, session]: Acknowledgement) => this.ack(token, session));
  }

  /** Waits so many ms from now for an event in so many topics. @throws Refusal `limit_exceeded` */
  await(ms: number, places: number): Awaited {
    if (this.#waiting.size >= awaitedMax)
      throw new Refusal("limit_exceeded", `receipt: ${awaitedMax} publishes wait for theirs, the most`);
    const token = `${this.#peers.self}-${crypto.randomUUID().replaceAll("-", "")}`;
    const waiting: Waiting = { acked: new Set(), places, receivers: Infinity, settle: () => {} };
    const over = new Promise<void>((resolve) => {
      const end = () => {
        this.#waiting.delete(token);
        resolve();
      };
      const stop = this.#clock.after(ms, end);
      waiting.settle = () => {
        stop();
        end();
      };
    });
    this.#waiting.set(token, waiting);
    const receipt = async (receivers: number): Promise<Receipt> => {
      waiting.receivers = receivers;
      if (waiting.acked.size >= receivers) waiting.settle();
      await over;
      return { acked: Math.min(waiting.acked.size, receivers), receivers };
    };
    return { token, receipt };
  }

  /** The session has handled the event that carried the token; too late is no error. */
  ack(eventToken: string, session: string): void {
    const [token = "", place = ""] = eventToken.split(".");
    const waiting = this.#waiting.get(token);
    if (waiting === undefined) return this.#passOn(eventToken, session);
    if (!(Number(place) < waiting.places)) return;
    waiting.acked.add(`${session} ${Number(place)}`);
    if (waiting.acked.size >= waiting.receivers) waiting.settle();
  }

  /** The publish may be another node's. */
  #passOn(eventToken: string, session: string): void {
    const [node = ""] = eventToken.split("-", 1);
    if (!this.#peers.others.has(node)) return;
    const told: Acknowledgement = [eventToken, session];
    this.#peers.tell("ack", told, node);
  }
}

/** The token of one of the topics that a publish reaches: a session may be sent the event in several. */
export function tokenIn(token: string, place: number): string {
  return `${token}.${place}`;
}

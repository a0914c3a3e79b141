import type { Announce } from "./announce.ts";
import type { Broker } from "./broker.ts";
import type { Census } from "./census.ts";
import type { Clock } from "./clock.ts";
import type { Dealer } from "./dealer.ts";
import type { Refusal } from "./errors.ts";
import type { Hooks } from "./hooks.ts";
import type { Limits } from "./limits.ts";
import type { Logins } from "./logins.ts";
import type { Presence } from "./presence.ts";
import type { Publisher } from "./publisher.ts";
import type { Receipts } from "./receipts.ts";
import type { Refused } from "./refused.ts";
import type { Registrations } from "./registrations.ts";
import type { Sessions, Entry } from "./sessions.ts";
import type { Tally } from "./tally.ts";
import type { Turn } from "./turn.ts";
import type { Visitors } from "./visitors.ts";
import type { Watchers } from "./watchers.ts";

/** What a session is given of its node. */
export interface Surroundings<Session extends Entry> {
  /** What happened here, for operators to read. */
  readonly tally: Tally;
  readonly announce: Announce;
  readonly broker: Broker;
  readonly presence: Presence;
  /** What all nodes know together. */
  readonly census: Census;
  readonly publisher: Publisher<Session>;
  readonly receipts: Receipts;
  readonly hooks: Hooks<Session>;
  readonly dealer: Dealer;
  readonly registrations: Registrations;
  readonly sessions: Sessions<Session>;
  /** Who wants to hear what happens here. */
  readonly watchers: Watchers;
  /** Knows who is who; undefined where nothing asks who connects. */
  readonly authenticator: Logins | undefined;
  /** What each address may do. */
  readonly visitors: Visitors;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly turn: Turn;
  /** The product and its version, as a welcome tells them. */
  readonly server: string;
  readonly version: string;
  /** How long a session may be silent, in ms, before it is asked for a sign of life. */
  readonly heartbeatMs: number;
  /** A new publication's unique id. */
  readonly publicationId: () => string;
  /** Logs, for debugging, a refusal that a dialect has no words for. */
  readonly unsaid: (session: Session, refusal: Refusal) => void;
  /** Logs what was refused, and why. */
  readonly refused: (refused: Refused) => void;
  /** Logs a fault of ours. */
  readonly report: (error: unknown) => void;
}

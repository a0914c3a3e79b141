import { closeCodes } from "@switchboard/protocol";
import { Broker } from "./broker.ts";
import type { Clock } from "./clock.ts";
import { Dealer } from "./dealer.ts";
import type { Engine } from "./engine.ts";
import { containHooks, type Hooks } from "./hooks.ts";
import type { Limits } from "./limits.ts";
import { Presence } from "./presence.ts";
import { Publisher, type PublishGuard } from "./publisher.ts";
import { Receipts } from "./receipts.ts";
import type { Node, Session } from "./session.ts";
import { Sessions, type Signer } from "./sessions.ts";
import type { Turn } from "./turn.ts";

/** What a node is made of. */
export interface NodeParts {
  readonly engine: Engine;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly turn: Turn;
  readonly signer: Signer;
  readonly server: string;
  readonly version: string;
  readonly heartbeatMs: number;
  /** How long somebody may be away from a topic before others are told, in ms. */
  readonly presenceGraceMs: number;
  readonly hooks: Hooks<Session>;
  readonly publishGuards: readonly PublishGuard<Session>[];
  readonly publicationId: () => string;
  readonly report: (error: unknown) => void;
}

/** Puts a node together. */
export function createNode(parts: NodeParts): Node {
  const { engine, limits, clock, turn, report, server, version, heartbeatMs, hooks, publicationId } = parts;
  const { code, meaning } = closeCodes.replaced;
  const receipts = new Receipts(clock);
  const presence = new Presence(clock, turn, parts.presenceGraceMs);
  const broker = new Broker(engine, presence, limits, report);
  return {
    broker,
    publisher: new Publisher(broker, receipts, parts.publishGuards),
    receipts,
    dealer: new Dealer(engine.calls, clock, report),
    sessions: new Sessions<Session>(clock, parts.signer, { code, reason: meaning }),
    hooks: containHooks(hooks, report),
    limits,
    clock,
    turn,
    server,
    version,
    heartbeatMs,
    publicationId,
    report,
  };
}

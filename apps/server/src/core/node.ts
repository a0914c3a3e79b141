import { closeCodes, type ContractCheck } from "@switchboard/protocol";
import { announcer } from "./announce.ts";
import type { Authenticator } from "./authenticator.ts";
import { Broker } from "./broker.ts";
import { Census } from "./census.ts";
import type { Clock } from "./clock.ts";
import { checkedInput, contractGuard } from "./contract.ts";
import { Dealer, type CallGuard } from "./dealer.ts";
import type { Engine } from "./engine.ts";
import type { Refusal } from "./errors.ts";
import type { Audience } from "./event.ts";
import { containHooks, type Hooks } from "./hooks.ts";
import type { Limits } from "./limits.ts";
import { Logins } from "./logins.ts";
import { localsOf } from "./locals.ts";
import { Pace } from "./pace.ts";
import { Presence } from "./presence.ts";
import { changed } from "./publication.ts";
import { Publisher, type PublishGuard } from "./publisher.ts";
import { Receipts } from "./receipts.ts";
import type { Refused } from "./refused.ts";
import { ReceiverCount } from "./receivers.ts";
import type { Node, Session } from "./session.ts";
import { Registrations } from "./registrations.ts";
import { Sessions, type Signer } from "./sessions.ts";
import { Tally } from "./tally.ts";
import type { Turn } from "./turn.ts";
import { Visitors } from "./visitors.ts";
import { Watchers } from "./watchers.ts";

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
  readonly contract?: ContractCheck | undefined;
  readonly authenticator?: Authenticator | undefined;
  readonly publicationId: () => string;
  readonly unsaid: (session: Session, refusal: Refusal) => void;
  readonly refused: (refused: Refused) => void;
  readonly report: (error: unknown) => void;
}

/** Puts a node together. */
export function createNode(parts: NodeParts): Node {
  const { engine, limits, clock, turn, report, contract } = parts;
  const { code, meaning } = closeCodes.replaced;
  const hooks = containHooks(parts.hooks, report);
  const { peers } = engine;
  const visitors = new Visitors(limits, clock);
  const receipts = new Receipts(clock, peers);
  const watchers = new Watchers(report);
  const { signer } = parts;
  const sessions = new Sessions<Session>({ clock, signer, peers, watchers }, { code, reason: meaning });
  const count = new ReceiverCount(clock, peers, (topic) =>
    [...broker.roomsOf(topic)].map(({ room }) => room.number),
  );
  const graceMs = parts.presenceGraceMs;
  const membersOf = (topic: string) => broker.members(topic);
  const presence = new Presence({ clock, turn, graceMs, peers, membersOf });
  const find = (id: string) => sessions.get(id);
  const note = count.note.bind(count);
  const tally = new Tally();
  const broker: Broker = new Broker({
    log: engine,
    presence,
    find,
    limits,
    pace: new Pace(turn),
    clock,
    tally,
    watchers,
    note,
    report,
  });
  const publishGuards = [...publishHook(hooks), ...(contract ? [contractGuard<Session>(contract)] : [])];
  const callGuards = [...(contract ? [inputGuard(contract)] : []), ...callHook(hooks, sessions)];
  return {
    tally,
    announce: announcer(broker, clock),
    broker,
    presence,
    census: new Census(localsOf(sessions, broker, clock), peers),
    publisher: new Publisher({ broker, receipts, count, tally }, publishGuards),
    receipts,
    dealer: new Dealer({ calls: engine.calls, clock, tally, report }, callGuards),
    registrations: new Registrations(clock, watchers),
    sessions,
    watchers,
    hooks,
    authenticator: parts.authenticator && new Logins(parts.authenticator, visitors),
    visitors,
    limits,
    clock,
    turn,
    server: parts.server,
    version: parts.version,
    heartbeatMs: parts.heartbeatMs,
    publicationId: parts.publicationId,
    unsaid: parts.unsaid,
    refused: parts.refused,
    report,
  };
}

function publishHook({ onPublish }: Hooks<Session>): PublishGuard<Session>[] {
  if (onPublish === undefined) return [];
  return [
    async (session, publication) => {
      const { topics, draft } = publication;
      const view = {
        topics,
        name: draft.name,
        data: JSON.parse(draft.data) as unknown,
        audience: copyOf(draft.audience ?? {}),
      };
      const change = await onPublish(session, view);
      return change ? changed(publication, change) : publication;
    },
  ];
}

/** A publisher's events may share one audience: the application is shown another, whatever it does with that. */
function copyOf(audience: Audience): Audience {
  return JSON.parse(JSON.stringify(audience)) as Audience;
}

function callHook({ onCall }: Hooks<Session>, sessions: Sessions<Session>): CallGuard[] {
  if (onCall === undefined) return [];
  return [
    async (call) => {
      const answer = await onCall(call.caller && sessions.get(call.caller.session), call);
      return answer === undefined ? undefined : JSON.stringify(answer);
    },
  ];
}

function inputGuard(contract: ContractCheck): CallGuard {
  return async (call) => {
    const found = contract.procedure(call.procedure);
    if (found !== undefined) await checkedInput(found, call.data);
    return undefined;
  };
}

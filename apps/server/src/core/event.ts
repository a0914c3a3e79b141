import type { Identity } from "./identity.ts";

/** Who of a topic's subscribers may hear an event. Stored with it, so that it holds in recovery too. */
export interface Audience {
  /** Sessions that do not hear it. */
  readonly exclude?: readonly string[];
  /** If given, only these sessions hear it. */
  readonly eligible?: readonly string[];
  /** If given, only sessions that follow one of these crmIds hear it. */
  readonly onlyCrmIds?: readonly string[];
  /** Subjects whose sessions do not hear it. */
  readonly excludeSubjects?: readonly string[];
  /** If given, only sessions of these subjects hear it. */
  readonly eligibleSubjects?: readonly string[];
  /** Roles whose sessions do not hear it. */
  readonly excludeRoles?: readonly string[];
  /** If given, only sessions of these roles hear it. */
  readonly eligibleRoles?: readonly string[];
}

/** What somebody wants to publish. */
export interface Draft {
  /** Unique id, the same in every topic that one publish reaches. */
  readonly publication: string;
  readonly name: string;
  /** The payload as JSON text: one JSON value, checked at the edge, never re-encoded. */
  readonly data: string;
  readonly audience?: Audience | undefined;
  /** Who publishes, where it wants its hearers to know. */
  readonly publisher?: Identity | undefined;
  /** Whether the topic keeps it as its last word for those who subscribe later, in place of the one before; see `EventLog.retained`. */
  readonly retain?: boolean | undefined;
  /** Idempotency key: a publish with a key seen in the last 2 minutes gets the first answer again. */
  readonly key?: string | undefined;
  /** Where the publisher wants to know who handled it: what its receivers acknowledge it with. Not stored. */
  readonly ack?: string | undefined;
  /** Whether each node is to note how many of its sessions were sent it. Not stored. */
  readonly counted?: boolean | undefined;
}

/** A draft that was accepted in a topic. */
export interface Event {
  readonly topic: string;
  /** Grows within the topic, though not always by one. */
  readonly offset: number;
  readonly publication: string;
  readonly name: string;
  readonly data: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly audience?: Audience | undefined;
  readonly publisher?: Identity | undefined;
  readonly ack?: string | undefined;
  readonly counted?: boolean | undefined;
}

/** Who an audience is asked about. */
export interface Hearer {
  readonly id: string;
  /** Who it is, where it has shown a token. */
  readonly subject: string | undefined;
  /** As what it came, where its token says so. */
  readonly role: string | undefined;
  follows(crmId: string): boolean;
}

/** Whether the hearer is one of the audience: it must be in each list that is given, and what excludes beats what admits. */
export function admits(audience: Audience, hearer: Hearer): boolean {
  const { exclude, excludeSubjects, excludeRoles, eligible, eligibleSubjects, eligibleRoles } = audience;
  if (exclude?.includes(hearer.id)) return false;
  if (eligible !== undefined && !eligible.includes(hearer.id)) return false;
  if (lists(excludeSubjects, hearer.subject) || lists(excludeRoles, hearer.role)) return false;
  if (eligibleSubjects !== undefined && !lists(eligibleSubjects, hearer.subject)) return false;
  if (eligibleRoles !== undefined && !lists(eligibleRoles, hearer.role)) return false;
  return audience.onlyCrmIds === undefined || audience.onlyCrmIds.some((crmId) => hearer.follows(crmId));
}

/** The only session that does not hear it, where that is all that the audience says. */
export function loneExclude(audience: Audience): string | undefined {
  const { exclude, eligible, onlyCrmIds, excludeSubjects, eligibleSubjects, excludeRoles, eligibleRoles } =
    audience;
  if (exclude?.length !== 1 || eligible !== undefined || onlyCrmIds !== undefined) return undefined;
  if (excludeSubjects !== undefined || excludeRoles !== undefined) return undefined;
  return eligibleSubjects === undefined && eligibleRoles === undefined ? exclude[0] : undefined;
}

function lists(list: readonly string[] | undefined, one: string | undefined): boolean {
  return one !== undefined && list?.includes(one) === true;
}

/** Who of a topic's subscribers may hear an event. Stored with it, so that it holds in recovery too. */
export interface Audience {
  /** Sessions that do not hear it. */
  readonly exclude?: readonly string[];
  /** If given, only these sessions hear it. */
  readonly eligible?: readonly string[];
  /** If given, only sessions that follow one of these crmIds hear it. */
  readonly onlyCrmIds?: readonly string[];
}

/** What somebody wants to publish. */
export interface Draft {
  /** Unique id, the same in every topic that one publish reaches. */
  readonly publication: string;
  readonly name: string;
  /** The payload as JSON text: one JSON value, checked at the edge, never re-encoded. */
  readonly data: string;
  readonly audience?: Audience | undefined;
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
  readonly ack?: string | undefined;
  readonly counted?: boolean | undefined;
}

/** Who an audience is asked about. */
export interface Hearer {
  readonly id: string;
  follows(crmId: string): boolean;
}

/** Whether the hearer is one of the audience; `exclude` beats `eligible`. */
export function admits(audience: Audience, hearer: Hearer): boolean {
  if (audience.exclude?.includes(hearer.id)) return false;
  if (audience.eligible !== undefined && !audience.eligible.includes(hearer.id)) return false;
  return audience.onlyCrmIds === undefined || audience.onlyCrmIds.some((crmId) => hearer.follows(crmId));
}

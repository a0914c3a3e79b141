import type { Accepted } from "../../core/engine.ts";
import type { Draft, Event } from "../../core/event.ts";
import type { Topic } from "./topics.ts";

/** Publishes that one commit stores at most. */
const batchEventsMax = 1_000;

/** A publish that waits for the end of its turn. */
export interface Publish {
  readonly topic: string;
  readonly draft: Draft;
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: unknown) => void;
  /** What it becomes, and where: known when the turn is committed. */
  event: Event | undefined;
  record: Topic | undefined;
  fingerprint: string;
}

/** A publish about to be stored and delivered. */
export interface Prepared extends Publish {
  event: Event;
  record: Topic;
}

/** Where a batch that begins at `from` ends: it is bounded, and no key stands in it twice (the second needs the first's answer). */
export function endOfBatch(publishes: readonly Publish[], from: number): number {
  const end = Math.min(publishes.length, from + batchEventsMax);
  let keys: Set<string> | undefined;
  for (let i = from; i < end; i++) {
    const { topic, draft } = publishes[i] as Publish;
    if (draft.key === undefined) continue;
    const name = `${topic} ${draft.key}`;
    if (keys?.has(name)) return i;
    (keys ??= new Set()).add(name);
  }
  return end;
}

/** Whether the store holds something of it. */
export function isWritten({ record, draft }: Prepared): boolean {
  return record.retention !== undefined || draft.key !== undefined || draft.retain === true;
}

import type { Api } from "./api.ts";

/** Where one topic's events are. */
export interface Place {
  readonly api: Api;
  readonly topic: string;
  readonly stream: string;
  /** Where they are stored, and where they are heard after that. */
  readonly subject: string;
  readonly live: string;
  /** How many of them the stream holds at the most. */
  readonly depth: number;
}

/**
 * Whether every event of the topic after the offset is still held. Streams forget a topic's oldest first: so it is where one no later than the offset is
 * still there. Without such an anchor it is where the topic never had so many that one was forgotten, nor the stream anything as late.
 */
export async function isWholeAfter({ api, stream, subject, depth }: Place, offset: number): Promise<boolean> {
  const next = await api.from(stream, subject, offset);
  if (next?.seq === offset) return true;
  const first = await api.from(stream, subject, 1);
  const isAnchored = first !== null && first.seq <= offset;
  if (isAnchored && next !== null) return true;
  const census = await api.census(stream, subject);
  // An offset that nothing has reached yet is of another history.
  if (census === undefined || census.lastSeq < offset) return false;
  return isAnchored || (census.count < depth && census.firstSeq <= offset + 1);
}

/** The topic's newest offset, as the leader knows it; where it holds nothing, the newest that anything in its stream has. */
export async function newestOf({ api, stream, subject }: Place): Promise<number> {
  const newest = await api.newest(stream, subject);
  return newest?.seq ?? (await api.census(stream))?.lastSeq ?? 0;
}

import { utf8Bytes } from "@switchboard/protocol";

/** One text on the wire: a message, or a part of one. */
export interface Envelope {
  readonly from: string;
  /** Whether it is for all nodes; else it is for its hearer alone. */
  readonly isForAll: boolean;
  /** How many texts its sender has sent to all, or to this node, this one included. */
  readonly number: number;
  /** Whether more of the message follows in the next. */
  readonly hasMore: boolean;
  readonly part: string;
}

/** How many bytes the head of a text may have. */
const headBytesMax = 256;

/** The envelope as text: a line for the head, then the part. */
export function sealed({ from, isForAll, number, hasMore, part }: Envelope): string {
  return `${from} ${isForAll ? "all" : "one"} ${number} ${hasMore ? "more" : "end"}\n${part}`;
}

/** Reads what `sealed` wrote; undefined where it was not that. */
export function opened(text: string): Envelope | undefined {
  const [head, from = "", whom, number, rest] = /^(\w+) (all|one) (\d+) (more|end)\n/.exec(text) ?? [];
  if (head === undefined) return undefined;
  const part = text.slice(head.length);
  return { from, isForAll: whom === "all", number: Number(number), hasMore: rest === "more", part };
}

/** The message in parts, each of which fits into a text of so many bytes. */
export function partsOf(message: string, textBytesMax: number): string[] {
  const bytesMax = textBytesMax - headBytesMax;
  if (message.length * 3 <= bytesMax || utf8Bytes(message) <= bytesMax) return [message];
  const length = Math.floor(bytesMax / 3);
  const parts: string[] = [];
  for (let from = 0, to: number; from < message.length; from = to) {
    to = from + length;
    // No surrogate pair is torn: it would not survive UTF-8.
    if (isHighSurrogate(message.charCodeAt(to - 1))) to -= 1;
    parts.push(message.slice(from, to));
  }
  return parts;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

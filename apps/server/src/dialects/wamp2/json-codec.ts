import { elementTexts } from "@switchboard/protocol";
import type { Codec } from "./codec.ts";
import { Violation, type Message } from "./message.ts";

/** `wamp.2.json`: the payload's texts are cut out of the frame that came, and put into the frame that goes, as they stand. */
export const jsonCodec: Codec = {
  name: "json",
  decode(frame) {
    if (typeof frame !== "string") throw new Violation("wamp.2.json takes text frames, no binary ones");
    return new JsonMessage(frame);
  },
  encode(head, { args, kwargs }) {
    const start = JSON.stringify(head);
    if (args.length === 0 && kwargs === undefined) return start;
    const rest = kwargs === undefined ? "" : `,${kwargs}`;
    return `${start.slice(0, -1)},[${args.join(",")}]${rest}]`;
  },
};

class JsonMessage implements Message {
  readonly elements: readonly unknown[];
  readonly #frame: string;
  #texts: readonly string[] | undefined;

  constructor(frame: string) {
    this.#frame = frame;
    this.elements = listIn(frame);
  }

  text(place: number): string {
    return (this.#texts ??= elementTexts(this.#frame))[place] ?? "null";
  }
}

function listIn(frame: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    throw new Violation("a frame must be JSON");
  }
  if (!Array.isArray(value)) throw new Violation("a message must be a list");
  return value;
}

import type { Codec } from "./codec.ts";
import { Violation, type Message } from "./message.ts";
import { textOf, valueOf } from "./values.ts";

/** A library that spells values as bytes. */
interface Spelling {
  readonly name: string;
  /** @throws where the bytes are no value */
  readonly decode: (bytes: Uint8Array) => unknown;
  /** @throws where the value is nested too deeply for it */
  readonly encode: (value: readonly unknown[]) => Uint8Array<ArrayBuffer>;
}

/**
 * A codec of bytes: payloads are JSON in the core, and become values, or JSON again, here. What is nested too deeply to be spelled
 * arrives as its JSON text, in one argument.
 */
export function binaryCodec({ name, decode, encode }: Spelling): Codec {
  return {
    name,
    decode(frame) {
      if (typeof frame === "string") throw new Violation(`wamp.2.${name} takes binary frames, no text`);
      return new BinaryMessage(listIn(frame, name, decode));
    },
    encode(head, { args, kwargs }) {
      const start = head.map(integer);
      if (args.length === 0 && kwargs === undefined) return encode(start);
      const text = kwargs === undefined ? `[${args.join(",")}]` : `[${args.join(",")}],${kwargs}`;
      try {
        return encode([...start, ...(valueOf(`[${text}]`) as unknown[])]);
      } catch {
        return encode([...start, [kwargs === undefined && args.length === 1 ? args[0] : text]]);
      }
    },
  };
}

class BinaryMessage implements Message {
  readonly elements: readonly unknown[];

  constructor(elements: readonly unknown[]) {
    this.elements = elements.map((one) => (typeof one === "bigint" ? Number(one) : one));
  }

  text(place: number): string {
    try {
      return textOf(this.elements[place]);
    } catch {
      throw new Violation("a message is nested too deeply");
    }
  }
}

function listIn(frame: Uint8Array, name: string, decode: Spelling["decode"]): readonly unknown[] {
  let value: unknown;
  try {
    value = decode(frame);
  } catch (error) {
    throw new Violation(`a frame must be ${name}: ${(error as Error).message}`);
  }
  if (!Array.isArray(value)) throw new Violation("a message must be a list");
  return value;
}

/** Over 32 bits, a number would be written as a float. */
function integer(value: unknown): unknown {
  return typeof value === "number" && value >= 2 ** 32 ? BigInt(value) : value;
}

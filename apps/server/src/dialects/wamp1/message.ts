import { Close } from "../../core/errors.ts";
import type { Frame } from "../../core/frame.ts";

type MessageType = "prefix" | "call" | "subscribe" | "unsubscribe" | "publish";

/** What clients say; the other types are the server's. */
const types = new Map<number, MessageType>([
  [1, "prefix"],
  [2, "call"],
  [5, "subscribe"],
  [6, "unsubscribe"],
  [7, "publish"],
]);

/** A message of a client. */
export interface Message {
  readonly type: MessageType;
  /** All its elements, the type too; what follows those that are needed is ignored. */
  readonly elements: readonly unknown[];
  /** The second element: what it is about, or a call's id. */
  readonly subject: string;
  /** Its JSON text. */
  readonly text: string;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What the frame says. @throws Close (bad frame) where it is no message of a client */
export function readMessage(frame: Frame): Message {
  const text = typeof frame === "string" ? frame : decoded(frame);
  const elements = parsed(text);
  if (!Array.isArray(elements)) throw malformed("a message must be a JSON list");
  const type = typeOf(elements[0]);
  if (type === undefined) throw malformed("a client's message begins with 1, 2, 5, 6 or 7");
  const subject = nameOf(elements[1]);
  if (subject === undefined) throw malformed(`the second element of a ${type} must be a string or a number`);
  return { type, elements, subject, text };
}

/** A topic, a procedure, a prefix, a call's id. Ratchet takes a number for its digits, and null for an empty text. */
export function nameOf(element: unknown): string | undefined {
  if (typeof element === "string") return element;
  if (element === null) return "";
  return typeof element === "number" ? String(element) : undefined;
}

/** Ends the connection: the peer does not speak this language. */
export function malformed(reason: string): Close {
  return new Close("badFrame", reason);
}

function decoded(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed("a message must be UTF-8");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("a message must be JSON");
  }
}

/** Ratchet compares types loosely. */
function typeOf(element: unknown): MessageType | undefined {
  const isLoose = element === true || (typeof element === "string" && /^\d+(\.0+)?$/.test(element));
  const number = isLoose ? Number(element) : element;
  return typeof number === "number" ? types.get(number) : undefined;
}

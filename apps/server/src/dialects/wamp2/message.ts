import { isNestedWithin, nestingMax } from "@switchboard/protocol";

/** The number that stands first in a message and says what it is. */
export const codes = {
  hello: 1,
  welcome: 2,
  abort: 3,
  challenge: 4,
  authenticate: 5,
  goodbye: 6,
  error: 8,
  publish: 16,
  published: 17,
  subscribe: 32,
  subscribed: 33,
  unsubscribe: 34,
  unsubscribed: 35,
  event: 36,
  call: 48,
  cancel: 49,
  result: 50,
  register: 64,
  registered: 65,
  unregister: 66,
  unregistered: 67,
  invocation: 68,
  interrupt: 69,
  yield: 70,
} as const;

/** A message of the client, whatever it was spelled in. */
export interface Message {
  readonly elements: readonly unknown[];
  /** The JSON text of the element, which must be there. */
  text(place: number): string;
}

/** The client broke the protocol: the session is aborted. The message says which field, and what would be right. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** An id. @throws Violation */
export function idAt({ elements }: Message, place: number, field: string): number {
  const value = elements[place];
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 2 ** 53) return value;
  throw new Violation(`${field} must be an integer from 1 to 2^53`);
}

/** A text. @throws Violation */
export function textAt({ elements }: Message, place: number, field: string): string {
  const value = elements[place];
  if (typeof value === "string") return value;
  throw new Violation(`${field} must be a string`);
}

/** A dictionary, as JSON has it, without what is null. @throws Violation */
export function dictAt(message: Message, place: number, field: string): Readonly<Record<string, unknown>> {
  const value = message.elements[place];
  if (!isDict(value)) throw new Violation(`${field} must be a dictionary`);
  if (Object.keys(value).length === 0) return {};
  if (!isNestedWithin(value, nestingMax))
    throw new Violation(`${field} must be nested no more than ${nestingMax} deep`);
  return JSON.parse(message.text(place), (_, one: unknown) => one ?? undefined) as Record<string, unknown>;
}

/** Whether the value may stand for a dictionary. */
export function isDict(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

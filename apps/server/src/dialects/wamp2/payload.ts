import { elementTexts } from "@switchboard/protocol";
import { dataOf, type argumentsOf } from "../arguments.ts";
import { isDict, Violation, type Message } from "./message.ts";

/** What a message carries for the application: JSON texts. */
export type Payload = ReturnType<typeof argumentsOf>;

/** Of a message that carries nothing. */
export const noPayload: Payload = { args: [] };

/** The arguments that stand at this place, and the keyword arguments after them; `null` means none. @throws Violation */
export function payloadAt(message: Message, place: number): Payload {
  const { elements } = message;
  const [args, kwargs] = [elements[place] ?? undefined, elements[place + 1] ?? undefined];
  if (args !== undefined && !Array.isArray(args)) throw new Violation("Arguments must be a list");
  if (kwargs !== undefined && !isDict(kwargs)) throw new Violation("ArgumentsKw must be a dictionary");
  return {
    args: args === undefined || args.length === 0 ? [] : elementTexts(message.text(place)),
    ...(kwargs !== undefined && { kwargs: message.text(place + 1) }),
  };
}

/** The same as data of the core; undefined where there is none. @throws Violation */
export function dataAt(message: Message, place: number): string | undefined {
  const { args, kwargs } = payloadAt(message, place);
  return dataOf(args, kwargs);
}

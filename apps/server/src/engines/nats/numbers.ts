import type { Msg } from "@nats-io/transport-node";

/** A live message's number in its stream, and that of the one before it with the same subject; 0 where there was none. */
export function numbersOf({ headers }: Msg): { readonly seq: number; readonly previous: number } {
  return { seq: Number(headers?.get("Nats-Sequence")), previous: Number(headers?.get("Nats-Last-Sequence")) };
}

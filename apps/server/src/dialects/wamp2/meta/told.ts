import type { Node } from "../../../core/session.ts";
import { dataOf } from "../../arguments.ts";

/** Tells whoever on this node subscribes to the topic; the arguments are made only where somebody does. */
export type Told = (topic: string, args: () => readonly unknown[]) => void;

/** Tells on this node. */
export function telling(node: Node): Told {
  return (topic, args) =>
    node.announce(topic, () => ({
      publication: node.publicationId(),
      data: dataOf(args().map((value) => JSON.stringify(value))) ?? "null",
    }));
}

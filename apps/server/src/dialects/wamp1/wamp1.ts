import type { Dialect } from "../../core/dialect.ts";
import type { Principals } from "../principals.ts";
import { Wamp1Conversation } from "./conversation.ts";
import { joined, Prefixes, type CurieRule } from "./prefixes.ts";

/** WAMP v1 (subprotocol `wamp`), as Ratchet's clients know it: JSON lists that begin with their type. */
export function wamp1(curie: CurieRule, principals?: Principals): Dialect {
  return {
    subprotocol: "wamp",
    connectsAnywhere: true,
    open(session) {
      session.begin(new Wamp1Conversation(session, new Prefixes(curie), principals));
    },
    event({ topic, data }, { alias }) {
      return `[8,${JSON.stringify(alias === joined ? topic.replace("#", "") : topic)},${data}]`;
    },
  };
}

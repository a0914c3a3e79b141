import type { Dialect } from "../../core/dialect.ts";
import { cborCodec } from "./cbor-codec.ts";
import type { Codec } from "./codec.ts";
import { Wamp2Conversation, type Wamp2Options } from "./conversation.ts";
import { eventFrame } from "./event.ts";
import { sessionIdOf } from "./ids.ts";
import { jsonCodec } from "./json-codec.ts";
import { msgpackCodec } from "./msgpack-codec.ts";

/** WAMP v2 in one spelling. */
export function wamp2(codec: Codec, options: Wamp2Options = {}): Dialect {
  return {
    subprotocol: `wamp.2.${codec.name}`,
    connectsAnywhere: true,
    hearsEach: true,
    sessionId: sessionIdOf,
    open(session) {
      const conversation = new Wamp2Conversation(session, codec, options);
      session.begin(conversation);
      conversation.begin();
    },
    event: (event, room) => eventFrame(codec, event, room),
  };
}

/** WAMP v2 in each of its spellings. */
export function wamp2Dialects(options: Wamp2Options = {}): readonly Dialect[] {
  return [jsonCodec, msgpackCodec, cborCodec].map((codec) => wamp2(codec, options));
}

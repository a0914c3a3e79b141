import type { Dialect } from "../core/dialect.ts";
import { native } from "./native/native.ts";
import type { CurieRule } from "./wamp1/prefixes.ts";
import { wamp1 } from "./wamp1/wamp1.ts";
import { wamp2Dialects } from "./wamp2/wamp2.ts";

/** What the dialects leave to whoever runs the server. */
interface DialectSettings {
  readonly wamp1Curie: CurieRule;
  /** The one realm of WAMP v2; any where it is not told. */
  readonly wampRealm?: string | undefined;
}

/** The dialects that a server speaks. */
export interface Dialects {
  /** The one for the subprotocols that a client offers, in its order of preference; undefined where it offers none that is spoken. */
  negotiate(offered: readonly string[]): Dialect | undefined;
}

/** Every dialect that a WebSocket's subprotocol can pick; the first is spoken where none is offered. */
export function createDialects({ wamp1Curie, wampRealm: realm }: DialectSettings): Dialects {
  const dialects: readonly [Dialect, ...Dialect[]] = [native, wamp1(wamp1Curie), ...wamp2Dialects({ realm })];
  return {
    negotiate(offered) {
      if (offered.length === 0) return dialects[0];
      for (const name of offered) {
        const dialect = dialects.find(({ subprotocol }) => subprotocol === name);
        if (dialect !== undefined) return dialect;
      }
      return undefined;
    },
  };
}

import type { Dialect } from "../core/dialect.ts";
import { native } from "./native/native.ts";

/** Every dialect that a WebSocket's subprotocol can pick; the first is spoken where none is offered. */
const dialects: readonly [Dialect, ...Dialect[]] = [native];

/** The dialect for the subprotocols that a client offers, in its order of preference; undefined where it offers none that is spoken. */
export function negotiate(offered: readonly string[]): Dialect | undefined {
  if (offered.length === 0) return dialects[0];
  for (const name of offered) {
    const dialect = dialects.find(({ subprotocol }) => subprotocol === name);
    if (dialect !== undefined) return dialect;
  }
  return undefined;
}

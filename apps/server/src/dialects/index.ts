import type { Clock } from "../core/clock.ts";
import type { Dialect } from "../core/dialect.ts";
import type { Peers } from "../core/peers.ts";
import { native } from "./native/native.ts";
import type { PusherApp } from "./pusher/app.ts";
import { pusherPlaces, type PusherPlaces } from "./pusher/places.ts";
import type { Principals } from "./principals.ts";
import type { CurieRule } from "./wamp1/prefixes.ts";
import { wamp1 } from "./wamp1/wamp1.ts";
import { wamp2Dialects } from "./wamp2/wamp2.ts";

/** What the dialects leave to whoever runs the server. */
interface DialectSettings {
  readonly wamp1Curie: CurieRule;
  /** The one realm of WAMP v2; any where it is not told. */
  readonly wampRealm?: string | undefined;
  /** Whom WAMP-CRA knows; it is not served where this is not said. */
  readonly wampcraUsers?: Principals;
  readonly pusherApps: readonly PusherApp[];
  /** The topics that Pusher's public channels may lead to; where it is not said, all if nobody is asked who they are, else none. */
  readonly pusherPublic?: readonly string[] | undefined;
  readonly pusherWebhooks: readonly string[];
  readonly presenceGraceMs: number;
}

/** The dialects that a server speaks. */
export interface Dialects {
  /** The applications of the Pusher protocol, whose clients come to an address of their own. */
  readonly pusher: PusherPlaces;
  /** The one for the subprotocols that a client offers, in its order of preference; undefined where it offers none that is spoken. */
  negotiate(offered: readonly string[]): Dialect | undefined;
}

/** What the dialects need of the server. */
interface DialectParts {
  /** Whether clients are asked who they are. */
  readonly asks: boolean;
  readonly clock: Clock;
  readonly peers: Peers;
  /** Tells whoever runs the server what they should know. */
  readonly tell: (news: string) => void;
}

/** Every dialect that a WebSocket's subprotocol can pick; the first is spoken where none is offered. */
export function createDialects(
  settings: DialectSettings,
  { asks, clock, peers, tell }: DialectParts,
): Dialects {
  const { wamp1Curie, wampRealm: realm, wampcraUsers: principals } = settings;
  const { pusherApps, pusherPublic, pusherWebhooks, presenceGraceMs } = settings;
  const second = wamp2Dialects({ realm, principals });
  const dialects: readonly [Dialect, ...Dialect[]] = [native, wamp1(wamp1Curie, principals), ...second];
  return {
    pusher: pusherPlaces({
      apps: pusherApps,
      publicTopics: pusherPublic ?? (asks ? [] : [">"]),
      webhookUrls: pusherWebhooks,
      clock,
      peers,
      presenceGraceMs,
      tell,
    }),
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

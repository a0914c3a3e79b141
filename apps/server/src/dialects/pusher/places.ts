import { compilePattern } from "@switchboard/protocol";
import type { Clock } from "../../core/clock.ts";
import type { Dialect } from "../../core/dialect.ts";
import { Eldest } from "../../core/eldest.ts";
import type { Peers } from "../../core/peers.ts";
import type { PusherApp } from "./app.ts";
import { isNeverPublic } from "./channel.ts";
import { Channels } from "./channels.ts";
import { Clients } from "./clients.ts";
import { errorFrame, eventFrame } from "./frames.ts";
import type { Place } from "./place.ts";
import { pusher } from "./pusher.ts";
import { Webhooks } from "./webhooks.ts";

/** What the applications are set up with. */
export interface PusherSettings {
  readonly apps: readonly PusherApp[];
  /** The topics that public channels may lead to, as patterns; those of CRM records and the server's own are never among them. */
  readonly publicTopics: readonly string[];
  /** Where back ends are told what happens. */
  readonly webhookUrls: readonly string[];
  readonly clock: Clock;
  readonly peers: Peers;
  /** How long the users of a lost node may be away before others are told, in ms. */
  readonly presenceGraceMs: number;
  /** Tells whoever runs the server what could not be delivered. */
  readonly tell: (news: string) => void;
}

/** The applications of the Pusher protocol. */
export interface PusherPlaces {
  /** The language of the clients of the application with the key; where there is none, they are told so, and ended. */
  dialectOf(key: string): Dialect;
  /** The application with the id, for its back end. */
  place(id: string): Place | undefined;
  /** Nobody is told of anything any longer. */
  stop(): void;
}

const noSuchApp = 4001;

/** Sets the applications up. */
export function pusherPlaces(settings: PusherSettings): PusherPlaces {
  const { apps, publicTopics } = settings;
  const patterns = publicTopics.map((pattern) => compilePattern(pattern, "wildcard"));
  const isPublic = (topic: string) => !isNeverPublic(topic) && patterns.some((matches) => matches(topic));
  const places = apps.map((app) => placeOf(app, isPublic, settings));
  const dialects = new Map(places.map((place) => [place.app.key, pusher(place)]));
  const byId = new Map(places.map((place) => [place.app.id, place]));
  return {
    dialectOf: (key) => dialects.get(key) ?? nobodys,
    place: (id) => byId.get(id),
    stop() {
      for (const { webhooks } of places) for (const one of webhooks) one.stop();
    },
  };
}

function placeOf(
  app: PusherApp,
  isPublic: Place["isPublic"],
  { clock, peers, presenceGraceMs, webhookUrls, tell }: PusherSettings,
): Place {
  const name = `pusher.${app.id}`;
  const channels = new Channels({ app: name, clock, peers, presenceGraceMs });
  const eldest = new Eldest(`${name}.webhooks`, peers, clock);
  const webhooks = webhookUrls.map((url) => new Webhooks({ app, url, clock, peers, eldest, tell }));
  if (webhooks.length > 0) void tellNews(channels, webhooks, { eldest, peers });
  return { app, channels, clients: new Clients(name, peers), webhooks, isPublic };
}

/** Each node hears what changes on all; one of them tells it. */
async function tellNews(
  channels: Channels,
  webhooks: readonly Webhooks[],
  { eldest, peers }: { readonly eldest: Eldest; readonly peers: Peers },
): Promise<void> {
  // What others had before this node came is no news.
  await peers.settled;
  await channels.watchNews((news) => {
    for (const one of webhooks) one.share(news);
  });
  eldest.stand();
}

/** Spoken to clients of an application that is not known here. */
const nobodys: Dialect = {
  subprotocol: "pusher",
  event: eventFrame,
  open(session) {
    const reason = "there is no application with this key (SWITCHBOARD_PUSHER_APPS)";
    session.send(errorFrame(noSuchApp, reason));
    session.hangUp(noSuchApp, reason);
  },
};

import { compilePattern } from "@switchboard/protocol";
import type { Clock } from "../../core/clock.ts";
import type { Dialect } from "../../core/dialect.ts";
import type { PusherApp } from "./app.ts";
import { isNeverPublic } from "./channel.ts";
import { Channels } from "./channels.ts";
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
export function pusherPlaces({ apps, publicTopics, webhookUrls, clock, tell }: PusherSettings): PusherPlaces {
  const patterns = publicTopics.map((pattern) => compilePattern(pattern, "wildcard"));
  const isPublic = (topic: string) => !isNeverPublic(topic) && patterns.some((matches) => matches(topic));
  const places = apps.map((app): Place => {
    const webhooks = webhookUrls.map((url) => new Webhooks({ app, url, clock, tell }));
    return { app, channels: new Channels(webhooks), webhooks, isPublic };
  });
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

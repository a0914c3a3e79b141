import { alone, type Peers } from "../src/core/peers.ts";
import type { Limits } from "../src/core/limits.ts";
import { pusherPlaces, type PusherPlaces } from "../src/dialects/pusher/places.ts";
import { signatureOf } from "../src/dialects/pusher/signature.ts";
import { TestNode } from "./harness.ts";
import { ManualClock } from "./manual-clock.ts";

/** What a node of Pusher's clients is made with. */
interface PusherNodeOptions {
  readonly limits?: Partial<Limits>;
  /** Of the places: sessions have one of their own. */
  readonly clock?: ManualClock;
  readonly peers?: Peers;
  readonly webhookUrls?: readonly string[];
  readonly tell?: (news: string) => void;
}

/** The application that everybody belongs to. */
export const app = { id: "1", key: "k", secret: "s" };

/** A node with clients of the application. */
export class PusherNode {
  readonly places: PusherPlaces;
  readonly node: TestNode;

  constructor({
    limits = {},
    clock = new ManualClock(),
    peers = alone,
    webhookUrls = [],
    tell = () => {},
  }: PusherNodeOptions = {}) {
    const settings = { apps: [app], publicTopics: [">"], webhookUrls, clock, peers, tell };
    this.places = pusherPlaces({ ...settings, presenceGraceMs: 5_000 });
    this.node = new TestNode({ dialect: this.places.dialectOf(app.key), limits });
  }

  /** What the application's back end sees. */
  get place() {
    const place = this.places.place(app.id);
    if (place === undefined) throw new Error("the application is not there");
    return place;
  }

  readonly connect = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      this.node.open(name);
      await this.node.play(`${name} < {"event":"pusher:connection_established"}`);
    }
  };

  /** What the back end signs for the client. */
  readonly auth = (name: string, channel: string, more = ""): string =>
    `${app.key}:${signatureOf(app, `${this.node.client(name).session.id}:${channel}${more}`)}`;

  readonly subscribe = async (name: string, channel: string): Promise<void> =>
    this.node.play(`
      ${name} > {"event":"pusher:subscribe","data":{"channel":"${channel}","auth":"${this.auth(name, channel)}"}}
      ${name} < {"event":"pusher_internal:subscription_succeeded","channel":"${channel}","data":"{}"}
    `);

  /** Asks to be let on a presence channel as the user. */
  readonly join = (name: string, channel: string, userId: string, info = ""): Promise<void> => {
    const data = JSON.stringify({ user_id: userId, ...(info && { user_info: { name: info } }) });
    const frame = {
      event: "pusher:subscribe",
      data: { channel, auth: this.auth(name, channel, `:${data}`), channel_data: data },
    };
    this.node.client(name).say(frame);
    return this.node.settle();
  };

  /** Signs in as the user. */
  readonly signIn = async (name: string, userId: string): Promise<void> => {
    const data = JSON.stringify({ id: userId });
    const auth = `${app.key}:${signatureOf(app, `${this.node.client(name).session.id}::user::${data}`)}`;
    this.node.client(name).say({ event: "pusher:signin", data: { auth, user_data: data } });
    await this.node.play(`${name} < {"event":"pusher:signin_success"}`);
  };
}

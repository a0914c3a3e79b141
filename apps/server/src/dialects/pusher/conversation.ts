import { memberText, nameSchema } from "@switchboard/protocol";
import type { Conversation } from "../../core/conversation.ts";
import { Refusal } from "../../core/errors.ts";
import type { Frame } from "../../core/frame.ts";
import { publicationOf } from "../../core/publication.ts";
import { Rate } from "../../core/rate.ts";
import { refusedIn } from "../../core/refused.ts";
import type { Session } from "../../core/session.ts";
import { endingFor } from "./endings.ts";
import { errorFrame, systemFrame } from "./frames.ts";
import type { Place } from "./place.ts";
import { PusherSubscriptions } from "./subscriptions.ts";

/** How long a client may be silent before it asks for a sign of life, in seconds. */
const activityTimeoutS = 30;
/** How many events a client may send in a second: as many as at Pusher. */
const clientEventsPerSecondMax = 10;
const unauthorized = 4009;
const eventRejected = 4301;
type Message = Readonly<Record<string, unknown>>;

/** One conversation of the Pusher protocol, version 7. What is wrong is answered by `pusher:error`, and the connection lives. */
export class PusherConversation implements Conversation {
  readonly #session: Session;
  readonly #place: Place;
  readonly #subscriptions: PusherSubscriptions;
  readonly #clientEvents: Rate;

  constructor(session: Session, place: Place) {
    this.#session = session;
    this.#place = place;
    this.#subscriptions = new PusherSubscriptions(session, place);
    this.#clientEvents = new Rate(clientEventsPerSecondMax, session.node.clock);
  }

  greet(): void {
    this.#session.welcomed();
    this.#place.clients.add(this.#session);
    this.#tell({ name: "connection_opened" });
    const data = { socket_id: this.#session.id, activity_timeout: activityTimeoutS };
    this.#session.send(systemFrame("pusher:connection_established", data));
  }

  hear(frame: Frame): void | Promise<void> {
    const refuse = (error: unknown): void => this.#refuse(error);
    try {
      return this.#answer(frame)?.catch(refuse);
    } catch (error) {
      return refuse(error);
    }
  }

  refuse(_: Frame, refusal: Refusal): void {
    this.#refuse(refusal);
  }

  /** The protocol has no word for it: the close code says when to come back. */
  drain(): void {
    this.#subscriptions.move();
  }

  farewell({ code, reason }: { readonly code: number; readonly reason: string }) {
    const ending = endingFor(code, reason);
    this.#session.send(errorFrame(ending.code, ending.reason));
    return ending;
  }

  ended(): void {
    this.#subscriptions.clear();
    this.#place.clients.remove(this.#session);
    this.#tell({ name: "connection_closed" });
  }

  #answer(frame: Frame): Promise<void> | undefined {
    const { message, text } = this.#read(frame);
    const { event } = message;
    if (event === "pusher:ping") return void this.#session.send('{"event":"pusher:pong","data":{}}');
    if (event === "pusher:pong") return undefined;
    if (event === "pusher:subscribe") return this.#subscriptions.subscribe(dataOf(message));
    if (event === "pusher:unsubscribe") return void this.#subscriptions.unsubscribe(dataOf(message));
    if (event === "pusher:signin") return void this.#subscriptions.signIn(dataOf(message));
    if (typeof event === "string" && event.startsWith("client-"))
      return this.#clientEvent(event, message, text);
    throw new Refusal("bad_frame", "event: must be pusher:subscribe, pusher:signin, client-… or the like");
  }

  #read(frame: Frame): { readonly message: Message; readonly text: string } {
    const { frameBytesMax } = this.#session.node.limits;
    if (typeof frame !== "string") throw new Refusal("bad_frame", "a frame must be text");
    if (Buffer.byteLength(frame) > frameBytesMax)
      throw new Refusal("too_large", `a frame has ${frameBytesMax} bytes at most (frameBytesMax)`);
    const message = parsed(frame);
    if (!isObject(message)) throw new Refusal("bad_frame", "a frame must be a JSON object");
    return { message, text: frame };
  }

  /** What a client tells the others on its channel. */
  async #clientEvent(event: string, { channel }: Message, text: string): Promise<void> {
    const session = this.#session;
    const joined = this.#subscriptions.joined(channel);
    if (joined === undefined || (joined.kind !== "private" && joined.kind !== "presence"))
      throw new Refusal(
        "forbidden",
        `${event}: can be sent to private and presence channels only that this client is on`,
      );
    const name = nameSchema.safeParse(event);
    if (!name.success) throw new Refusal("invalid_argument", `event: ${name.error.issues[0]?.message}`);
    const wait = this.#clientEvents.take();
    if (wait > 0)
      throw new Refusal(
        "rate_limited",
        `${event}: a client sends ${clientEventsPerSecondMax} events a second`,
      );
    const { node, id } = session;
    const body = { topic: joined.topic, name: name.data, data: null };
    const data = memberText(text, "data") ?? "null";
    const { topics, draft } = publicationOf(body, data, node.publicationId(), id);
    const userId = this.#place.channels.member(joined.name, session)?.userId;
    const publisher = userId === undefined ? undefined : { session: id, subject: userId };
    await session.publish({ topics, draft: { ...draft, publisher } });
    this.#tell({
      name: "client_event",
      channel: joined.name,
      event,
      data,
      ...(userId !== undefined && { user_id: userId }),
    });
  }

  #tell(event: Readonly<Record<string, string>>): void {
    for (const one of this.#place.webhooks) one.tell({ ...event, socket_id: this.#session.id });
  }

  #refuse(error: unknown): void {
    if (!(error instanceof Refusal)) return this.#session.fail(error);
    if (error.code === "unauthenticated") this.#session.node.refused(refusedIn(this.#session, error));
    this.#session.send(errorFrame(codeOf(error), error.message));
  }
}

function codeOf({ code }: Refusal): number | null {
  if (code === "unauthenticated") return unauthorized;
  return code === "forbidden" || code === "rate_limited" ? eventRejected : null;
}

/** Some clients send what belongs to a system event as JSON within JSON. */
function dataOf({ data }: Message): Message {
  const value = typeof data === "string" ? parsed(data) : data;
  if (isObject(value)) return value;
  throw new Refusal("invalid_argument", "data: must be an object");
}

function isObject(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("bad_frame", "a frame, and its data, must be JSON");
  }
}

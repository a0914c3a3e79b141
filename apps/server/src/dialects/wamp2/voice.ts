import { Refusal } from "../../core/errors.ts";
import type { Event } from "../../core/event.ts";
import type { RoomView } from "../../core/member.ts";
import type { Session } from "../../core/session.ts";
import { argumentsOf } from "../arguments.ts";
import type { Codec } from "./codec.ts";
import { toldOf } from "./errors.ts";
import { eventFrame } from "./event.ts";
import { codes } from "./message.ts";
import { noPayload, type Payload } from "./payload.ts";

/** Says messages to the client. */
export class Voice {
  readonly #session: Session;
  readonly #codec: Codec;

  constructor(session: Session, codec: Codec) {
    this.#session = session;
    this.#codec = codec;
  }

  say(head: readonly unknown[], payload: Payload = noPayload): void {
    this.#session.send(this.#codec.encode(head, payload));
  }

  /** Says a message that carries data of the core. */
  carry(head: readonly unknown[], data: string | undefined): void {
    this.say(head, argumentsOf(data));
  }

  /** Tells of an event, to this client alone. */
  tell(event: Event, room: RoomView, more: object): void {
    this.#session.send(eventFrame(this.#codec, event, room, more));
  }

  /** Answers a request with an ERROR; what is no Refusal is a fault of ours, and ends the session. */
  refuse(type: number, request: number, error: unknown): void {
    if (!(error instanceof Refusal)) return this.#session.fail(error);
    const { uri, payload } = toldOf(error);
    this.say([codes.error, type, request, {}, uri], payload);
  }
}

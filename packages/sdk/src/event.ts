import { crmIdOfTopic, type DownFrameOf, memberText } from "@switchboard/protocol";

/** Something that was published where the client listens. */
export interface Event<Data = unknown> {
  readonly topic: string;
  /** What kind of event it is; `message` where the publisher gave no name. */
  readonly name: string;
  /** Grows within the topic, though not always by one. */
  readonly offset: number;
  /** When the server accepted it, in ms since 1970. */
  readonly time: number;
  /** Unique id, the same in every topic that one publish reached. */
  readonly publication: string;
  readonly data: Data;
  /** The data's JSON text exactly as it was sent, cut out when first asked for: large integers survive in it. */
  readonly text: string;
  /** The CRM record, where the topic is a record's. */
  readonly crmId?: string | undefined;
  /** Whether it comes from history: missed during an outage, or asked for by `last` or `since`. */
  readonly recovered: boolean;
  /** When it came, in ms since 1970. */
  readonly heard: number;
}

/** An event frame on its way to those who listen. */
export class Arrival {
  readonly frame: DownFrameOf<"event">;
  readonly #json: string;
  readonly #heard: number;
  /** Whether its data are such that nobody is to hear it. */
  readonly isRefused: boolean;
  #acknowledge: ((token: string) => void) | undefined;
  #live: Event | undefined;
  #recovered: Event | undefined;

  /** @param acknowledge sends the event's token to a publisher who waits for receipts. */
  constructor(
    frame: DownFrameOf<"event">,
    json: string,
    heard: number,
    acknowledge: (token: string) => void,
    isRefused = false,
  ) {
    this.frame = frame;
    this.isRefused = isRefused;
    this.#json = json;
    this.#heard = heard;
    this.#acknowledge = acknowledge;
  }

  /** Whether the publisher waits to hear that somebody has handled it. */
  get wantsReceipt(): boolean {
    return this.frame.ack !== undefined;
  }

  /** The event as handlers see it: one object for all of them. */
  event(recovered: boolean): Event {
    if (recovered) return (this.#recovered ??= this.#eventOf(true));
    return (this.#live ??= this.#eventOf(false));
  }

  /** Somebody has handled it: it is acknowledged, once, where the publisher wants to know. */
  handled(): void {
    if (this.frame.ack === undefined) return;
    this.#acknowledge?.(this.frame.ack);
    this.#acknowledge = undefined;
  }

  #eventOf(recovered: boolean): Event {
    const { topic, name, offset, time, publication, data } = this.frame;
    const json = this.#json;
    const heard = this.#heard;
    return {
      topic,
      name,
      offset,
      time,
      publication,
      data,
      get text() {
        return memberText(json, "data") ?? "null";
      },
      crmId: crmIdOfTopic(topic),
      recovered,
      heard,
    };
  }
}

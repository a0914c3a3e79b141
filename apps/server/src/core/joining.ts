import type { Position } from "@switchboard/protocol";
import type { History } from "./engine.ts";
import { Close } from "./errors.ts";
import { admits, type Event } from "./event.ts";
import type { Limits } from "./limits.ts";
import type { Member } from "./member.ts";
import { eventsAtOnceMax, type Pace } from "./pace.ts";
import type { Room, Waiting } from "./room.ts";

/** A member that has been let into a room; its news waits until `start`. */
export interface Joined {
  /** The room's number on this node; for dialects that number their subscriptions. */
  readonly room: number;
  /** Where the topic stands; undefined for patterns. */
  readonly position: Position | undefined;
  /** Whether all that was missed follows; undefined where no history was asked for. */
  readonly recovered: boolean | undefined;
  /** The topic's retained event, where it was asked for, there is one, the member may hear it, and it does not come as news anyway. */
  readonly retained: Event | undefined;
  /**
   * Sends the history that was asked for, then the news. To be called at once, when the member has been told that it subscribed.
   * @param sent told when the history has been sent, or never will be: the member has left, or joined anew
   */
  start(sent?: () => void): void;
}

/** What a joining needs besides. */
interface JoiningParts {
  readonly limits: Pick<Limits, "heldEventsMax" | "sendBufferBytesMax">;
  readonly pace: Pick<Pace, "pass" | "sent">;
}

/** No dialect spells an event in more bytes than so many for each character of its data, and what stands around them. */
const bytesPerCharacterMax = 3;
const bytesAroundMax = 1_024;

/**
 * The way into a room: news is held from before the history is read until the history has been sent, so that nothing is missed and
 * nothing heard twice. Beyond `heldEventsMax` the held news is forgotten, and the history is read on instead; where that does not hold
 * it, the member is ended as too slow.
 */
export class Joining implements Waiting {
  readonly #member: Member;
  readonly #room: Room;
  readonly #limits: JoiningParts["limits"];
  readonly #pace: JoiningParts["pace"];
  #held: Event[];
  #forgot: Waiting["forgot"];

  constructor(member: Member, room: Room, { limits, pace }: JoiningParts) {
    this.#member = member;
    this.#room = room;
    this.#limits = limits;
    this.#pace = pace;
    // Who joins anew has not been away meanwhile.
    const before = room.hold(member, this);
    this.#held = [...(before?.held ?? [])];
    this.#forgot = before?.forgot;
  }

  get held(): readonly Event[] {
    return this.#held;
  }

  get forgot(): Waiting["forgot"] {
    return this.#forgot;
  }

  get #forgotTo(): number {
    return this.#forgot?.[1] ?? -1;
  }

  /** Whether the member still waits here: it has neither left, nor joined anew. */
  get waits(): boolean {
    return this.#room.holds(this.#member, this);
  }

  /** From here on the member hears news only. @param last the topic's retained event, to be heard first */
  toNews(newest: Position | undefined, last?: Event): Joined {
    const beforeHeld = (this.#held[0]?.offset ?? Infinity) - 1;
    const position = newest && { epoch: newest.epoch, offset: Math.min(newest.offset, beforeHeld) };
    const isFirst = last !== undefined && last.offset <= beforeHeld && this.#mayHear(last);
    const retained = isFirst ? last : undefined;
    const start = (sent?: () => void) => {
      this.#finish(retained?.offset ?? -1);
      sent?.();
    };
    return { room: this.#room.number, position, recovered: undefined, retained, start };
  }

  /** The member hears the history first. @param after it already has the events up to this offset */
  toHistory(history: History, after: number): Joined {
    return {
      room: this.#room.number,
      position: history.position,
      recovered: history.complete,
      retained: undefined,
      start: (sent) => {
        void this.#replay(history, after)
          .catch((error: unknown) => {
            if (this.waits) this.#member.fail(error);
          })
          .then(sent);
      },
    };
  }

  async #replay(history: History, after: number): Promise<void> {
    let sent = after;
    let page: readonly Event[] = [];
    let isBegun = false;
    const sendSome = async (): Promise<boolean> => {
      await this.#pace.pass();
      if (page.length === 0 && this.waits) page = await history.next();
      if (!isBegun && this.waits) sent = this.#sendOlder(page[0]?.offset ?? Infinity, sent);
      isBegun = true;
      const some = this.waits ? page.slice(0, this.#fitting(page)) : [];
      for (const event of some) sent = this.#send(event, sent);
      page = page.slice(some.length);
      this.#pace.sent(some.length);
      return some.length > 0;
    };
    let forgotBefore: number;
    do {
      forgotBefore = this.#forgotTo;
      while (await this.#member.whenRoom(sendSome));
      if (!this.waits) return;
    } while (this.#forgotTo > forgotBefore);
    this.#finish(sent);
  }

  /** News that is older than the history that was asked for came before it. */
  #sendOlder(than: number, after: number): number {
    const [from = Infinity] = this.#forgot ?? [];
    if (from > after && from < than) {
      this.#member.fail(new Close("tooSlow"));
      return after;
    }
    let sent = after;
    for (const event of this.#held) if (event.offset < than) sent = this.#send(event, sent);
    return sent;
  }

  /** How many of the events fit into the half of the send buffer that is free when there is room; one at the least. */
  #fitting(page: readonly Event[]): number {
    let left = this.#limits.sendBufferBytesMax / 2;
    const tooMany = page.findIndex(({ data }, i) => {
      left -= data.length * bytesPerCharacterMax + bytesAroundMax;
      return left < 0 && i > 0;
    });
    return tooMany === -1 ? Math.min(page.length, eventsAtOnceMax) : Math.min(tooMany, eventsAtOnceMax);
  }

  #finish(after: number): void {
    if (!this.waits) return;
    if (after < this.#forgotTo) return this.#member.fail(new Close("tooSlow"));
    let sent = after;
    for (const event of this.#held) sent = this.#send(event, sent);
    this.#room.admit(this.#member, this);
  }

  #send(event: Event, after: number): number {
    if (event.offset <= after) return after;
    const member = this.#member;
    if (this.#mayHear(event)) member.send(member.language.event(event, this.#room));
    return event.offset;
  }

  #mayHear({ audience }: Event): boolean {
    return audience === undefined || admits(audience, this.#member);
  }

  hold(event: Event): void {
    if (this.#held.push(event) <= this.#limits.heldEventsMax) return;
    const [oldest = event] = this.#held;
    this.#forgot = [this.#forgot?.[0] ?? oldest.offset, event.offset];
    this.#held = [];
  }
}

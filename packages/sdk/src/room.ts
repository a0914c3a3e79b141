import type { DownFrameOf, Match, Position } from "@switchboard/protocol";
import { Attendance } from "./attendance.ts";
import { isFresh } from "./cursor.ts";
import type { Arrival } from "./event.ts";
import type { Reader } from "./reader.ts";
import { gatheringOf, isCovered } from "./gathering.ts";
import type { Presence } from "./presence.ts";
import type { Asking, Reading, RoomState } from "./room-state.ts";
import { isPassing, SwitchboardError } from "./switchboard-error.ts";
import { membersOf, type Wire } from "./wire.ts";

/**
 * A topic, or a pattern, that someone in this client listens to: one subscription on the wire, whoever comes and goes meanwhile.
 * At most one request of a room is under way, or the history that it asked for; then who is there decides what comes next.
 */
export class Room {
  readonly topic: string;
  readonly match: Match;
  readonly #wire: Wire<Room>;
  readonly #readers = new Set<Reader>();
  #state: RoomState = { kind: "idle" };
  #newest: Position | undefined;
  /** Who is there, while somebody wants to know. */
  #attendance: Attendance | undefined;
  #failures = 0;
  #leavers: (() => void)[] = [];

  constructor(topic: string, match: Match, wire: Wire<Room>) {
    this.topic = topic;
    this.match = match;
    this.#wire = wire;
  }

  get readers(): Iterable<Reader> {
    return this.#readers;
  }

  /** Up to where everyone here has handled all. */
  get position(): Position | undefined {
    let least: Position | undefined;
    for (const { position } of this.#readers)
      if (position !== undefined && (least === undefined || position.offset < least.offset)) least = position;
    return least;
  }

  join(reader: Reader): void {
    this.#readers.add(reader);
    if (reader.wantsPresence) this.#attendance ??= new Attendance(this.topic, (now) => this.#tell(now));
    // Those who wait for the room's end need not wait: it goes on.
    if (this.#state.kind !== "leaving") this.#letGo();
    this.#proceed();
  }

  /** The reader hears nothing from now on. Resolves when the server knows, if it was the last. */
  leave(reader: Reader): Promise<void> {
    this.#remove(reader);
    if (this.#readers.size > 0) {
      if (this.#state.kind === "reading") this.#proceed();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#leavers.push(resolve);
      this.#proceed();
    });
  }

  /** The connection stands. */
  live(): void {
    this.#proceed();
  }

  /** The connection is gone, and what the server knew with it. */
  lost(): void {
    this.#become({ kind: "idle" });
    this.#newest = undefined;
    this.#attendance?.lost();
    for (const reader of this.#readers) reader.drop();
    this.#proceed();
  }

  /** Gives the event to whom it is new. Says whether it is news, and not a part of the history that someone here asked for. */
  receive(arrival: Arrival): boolean {
    const { offset } = arrival.frame;
    const isNews = this.#newest === undefined || offset > this.#newest.offset;
    if (isNews && this.match === "exact" && this.#newest !== undefined)
      this.#newest = { epoch: this.#newest.epoch, offset };
    for (const reader of this.#readers) reader.receive(arrival);
    if (this.#state.kind === "reading") this.#proceed();
    return isNews;
  }

  /** The server tells who is there, or who came and went. */
  attend(change: Pick<Presence, "joined" | "left">): void {
    this.#attendance?.receive(change);
  }

  /** Takes the step that the room's state and its readers call for, if any. */
  #proceed(): void {
    if (!this.#wire.isLive()) return this.#readers.size === 0 ? this.#empty() : undefined;
    switch (this.#state.kind) {
      case "idle":
        return this.#readers.size === 0 ? this.#empty() : this.#subscribe();
      case "reading":
        return this.#readers.size === 0 ? this.#unsubscribe() : this.#readOn(this.#state);
      case "open":
        return this.#readers.size === 0 ? this.#unsubscribe() : this.#letIn();
      case "resting":
        return this.#readers.size === 0 ? this.#unsubscribe() : undefined;
      case "asking":
      case "leaving":
        return undefined;
    }
  }

  /** The room is open: who begins with what comes is in at once, others need history. */
  #letIn(): void {
    this.#slipIn();
    if ([...this.#readers].some((reader) => !reader.inside)) this.#subscribe();
  }

  /** Once all history has come, all is heard up to where it ended, though its last events may not have been for this session. */
  #readOn({ joiners, until }: Reading): void {
    if (joiners.some((reader) => this.#readers.has(reader) && reader.expectsHistory)) return this.#slipIn();
    if (this.#newest === undefined || this.#newest.offset < until.offset) this.#newest = until;
    this.#become({ kind: "open" });
    this.#letIn();
  }

  #slipIn(): void {
    for (const reader of this.#readers)
      if (!reader.inside && this.#newest !== undefined && this.#maySlipIn(reader)) {
        reader.enter(this.#newest, undefined);
        if (reader.wantsPresence)
          queueMicrotask(() => this.#attendance && reader.attend(this.#attendance.now));
      }
  }

  /** Whether it needs no `subscribe` of its own, where the room is open. */
  #maySlipIn(reader: Reader): boolean {
    return isFresh(reader.next) && (!reader.wantsPresence || this.#attendance?.isTold === true);
  }

  #subscribe(): void {
    const { start, joiners } = gatheringOf([...this.#readers].filter((reader) => !reader.inside));
    const asking = this.#become({
      kind: "asking",
      start,
      joiners,
      again: this.#state.kind === "open",
      presence: this.#attendance !== undefined,
    } as const);
    this.#wire.ask("subscribe", membersOf(this, start, asking.presence), (answer) => {
      if (this.#state !== asking) return;
      if (answer instanceof SwitchboardError) this.#refused(answer, asking);
      else if (answer.type === "subscribed") this.#entered(answer, asking);
    });
  }

  #entered({ epoch, offset, recovered }: DownFrameOf<"subscribed">, asking: Asking): void {
    const now = { epoch, offset };
    this.#failures = 0;
    if (asking.presence) this.#attendance?.awaitList();
    if (this.#newest === undefined || !asking.again) this.#newest = now;
    else if (!isCovered(this.#newest, now, asking.start, recovered)) {
      for (const reader of this.#readers) if (!asking.joiners.includes(reader)) reader.drop();
      if (epoch !== this.#newest.epoch) this.#newest = now;
    }
    for (const reader of this.#readers) {
      // A handler may end the connection.
      if (this.#state !== asking) return;
      if (reader.inside || !(asking.joiners.includes(reader) || this.#maySlipIn(reader))) continue;
      reader.enter(now, recovered);
      if (reader.expectsHistory) this.#awaitHistory(reader);
    }
    if (this.#state !== asking) return;
    this.#become({ kind: "reading", joiners: asking.joiners, until: now });
    this.#proceed();
  }

  /** The end of a history shows by itself, unless its last events are not for this session. Then a ping finds out. */
  #awaitHistory(reader: Reader): void {
    const { reached } = reader;
    this.#wire.fence(() => {
      if (!reader.expectsHistory) return;
      if (reader.reached !== reached) return this.#awaitHistory(reader);
      reader.settle();
      if (this.#state.kind === "reading") this.#proceed();
    });
  }

  #refused(error: SwitchboardError, { joiners, again }: Asking): void {
    // The server may have let nobody stay whose subscribe has failed: who was in before joins again.
    for (const reader of this.#readers) reader.drop();
    this.#failures += 1;
    if (isPassing(error)) this.#rest(this.#wire.retryMs(this.#failures, error));
    else {
      if (again) this.#rest(0);
      else this.#become({ kind: "idle" });
      for (const reader of joiners) if (this.#readers.delete(reader)) reader.refuse(error);
    }
    this.#proceed();
  }

  #rest(forMs: number): void {
    const timer = setTimeout(() => {
      this.#become({ kind: "idle" });
      this.#proceed();
    }, forMs);
    this.#become({ kind: "resting", timer });
  }

  #unsubscribe(): void {
    const leaving = this.#become({ kind: "leaving" });
    this.#wire.ask("unsubscribe", membersOf(this, {}, false), () => {
      if (this.#state !== leaving) return;
      this.#become({ kind: "idle" });
      this.#letGo();
      this.#proceed();
    });
  }

  #remove(reader: Reader): void {
    this.#readers.delete(reader);
    reader.end(
      new SwitchboardError("canceled", `the subscription to ${this.topic} was ended before it began`),
    );
    if (this.#attendance === undefined || [...this.#readers].some((one) => one.wantsPresence)) return;
    this.#attendance.end();
    this.#attendance = undefined;
  }

  #tell(presence: Presence): void {
    for (const reader of this.#readers) if (reader.inside) reader.attend(presence);
  }

  #empty(): void {
    this.#letGo();
    this.#wire.emptied(this);
  }

  #letGo(): void {
    for (const leave of this.#leavers.splice(0)) leave();
  }

  #become<S extends RoomState>(state: S): S {
    if (this.#state.kind === "resting") clearTimeout(this.#state.timer);
    this.#state = state;
    return state;
  }
}

import { admits, type Event } from "./event.ts";
import type { Language, Member } from "./member.ts";

/** A topic, or a pattern of topics, that someone on this node listens to. */
export class Room {
  /** Unique on this node; for dialects that number their subscriptions. */
  readonly number: number;
  /** Whether the member has already been sent the event through another room, so that nothing is heard twice. */
  readonly #heardElsewhere: ((member: Member, event: Event, room: Room) => boolean) | undefined;
  readonly #live = new Set<Member>();
  #joining: Map<Member, (event: Event) => void> | undefined;

  constructor(number: number, heardElsewhere?: (member: Member, event: Event, room: Room) => boolean) {
    this.number = number;
    this.#heardElsewhere = heardElsewhere;
  }

  /** How many members listen here, those included that are still reading history. */
  get size(): number {
    return this.#live.size + (this.#joining?.size ?? 0);
  }

  *[Symbol.iterator](): Iterator<Member> {
    yield* this.#live;
    if (this.#joining !== undefined) yield* this.#joining.keys();
  }

  has(member: Member): boolean {
    return this.#live.has(member) || this.#joining?.has(member) === true;
  }

  /** From now on the member's news goes to `hold`, until `admit` or `remove`. */
  hold(member: Member, hold: (event: Event) => void): void {
    this.#live.delete(member);
    (this.#joining ??= new Map()).set(member, hold);
  }

  /** The member hears news as it comes, provided it still waits with this `hold`: who has left cannot join. */
  admit(member: Member, hold: (event: Event) => void): void {
    if (!this.holds(member, hold)) return;
    this.#forgetJoining(member);
    this.#live.add(member);
  }

  /** Whether the member still waits with this `hold`. */
  holds(member: Member, hold: (event: Event) => void): boolean {
    return this.#joining?.get(member) === hold;
  }

  remove(member: Member): void {
    this.#live.delete(member);
    this.#forgetJoining(member);
  }

  /** Sends the event to everyone here who may hear it, encoded once per dialect, and says how many that were. */
  deliver(event: Event): number {
    let receivers = 0;
    let language: Language | undefined;
    let frame = "";
    let frames: Map<Language, string> | undefined;
    for (const member of this.#live) {
      if (!this.#mayHear(member, event)) continue;
      if (member.language !== language) {
        if (language !== undefined) (frames ??= new Map()).set(language, frame);
        language = member.language;
        frame = frames?.get(language) ?? language.event(event, this);
      }
      member.send(frame);
      receivers += 1;
    }
    return this.#joining === undefined ? receivers : receivers + this.#deliverToJoining(this.#joining, event);
  }

  #deliverToJoining(joining: ReadonlyMap<Member, (event: Event) => void>, event: Event): number {
    let receivers = 0;
    for (const [member, hold] of joining) {
      if (!this.#mayHear(member, event)) continue;
      hold(event);
      receivers += 1;
    }
    return receivers;
  }

  /** Most rooms have nobody joining most of the time: they keep no map for it. */
  #forgetJoining(member: Member): void {
    this.#joining?.delete(member);
    if (this.#joining?.size === 0) this.#joining = undefined;
  }

  #mayHear(member: Member, event: Event): boolean {
    if (event.audience !== undefined && !admits(event.audience, member)) return false;
    return this.#heardElsewhere === undefined || !this.#heardElsewhere(member, event, this);
  }
}

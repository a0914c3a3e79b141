import type { EventListener } from "./engine.ts";
import { Close } from "./errors.ts";
import { admits, loneExclude, type Event } from "./event.ts";
import type { Frame } from "./frame.ts";
import type { Language, Member, RoomView } from "./member.ts";
import { Members } from "./members.ts";
import type { Tally } from "./tally.ts";

/** What some rooms have besides. */
interface RoomParts {
  readonly heardElsewhere?: ((member: Member, event: Event, room: Room) => boolean) | undefined;
  readonly note?: (event: Event, room: number, receivers: number) => void;
  readonly alias?: string | undefined;
  readonly tally?: Tally;
}

/** A member that is about to be let in, and its news. */
export interface Waiting {
  /** What came while it waits, oldest first. */
  readonly held: readonly Event[];
  /** The oldest and the newest offset of what came, but was not held; none where all is. */
  readonly forgot: readonly [from: number, to: number] | undefined;
  hold(event: Event): void;
}

/** A topic, or a pattern of topics, that someone on this node listens to. */
export class Room implements EventListener, RoomView {
  readonly number: number;
  /** The name under which its members know the topic, where that is another. */
  readonly alias: string | undefined;
  /** Whether the member has already been sent the event through another room, so that nothing is heard twice. */
  readonly #heardElsewhere: ((member: Member, event: Event, room: Room) => boolean) | undefined;
  readonly #find: (id: string) => Member | undefined;
  readonly #note: ((event: Event, room: number, receivers: number) => void) | undefined;
  readonly #tally: Tally | undefined;
  readonly #live = new Members();
  #joining: Map<Member, Waiting> | undefined;

  /**
   * @param find the session of this node with the id, if there is one
   * @param rest `heardElsewhere` is for patterns; `note` hears to how many an event was sent that is to be counted
   */
  constructor(
    number: number,
    find: (id: string) => Member | undefined,
    { heardElsewhere, note, alias, tally }: RoomParts = {},
  ) {
    this.number = number;
    this.alias = alias;
    this.#find = find;
    this.#heardElsewhere = heardElsewhere;
    this.#note = note;
    this.#tally = tally;
  }

  get isPattern(): boolean {
    return this.#heardElsewhere !== undefined;
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

  /** From now on the member's news waits there, until `admit` or `remove`. Gives back what takes its place, if the member waited already. */
  hold(member: Member, waiting: Waiting): Waiting | undefined {
    const before = this.#joining?.get(member);
    this.#live.delete(member);
    (this.#joining ??= new Map()).set(member, waiting);
    return before;
  }

  /** The member hears news as it comes, provided it still waits there: who has left cannot join. */
  admit(member: Member, waiting: Waiting): void {
    if (!this.holds(member, waiting)) return;
    this.#forgetJoining(member);
    this.#live.add(member);
  }

  /** Whether the member still waits there. */
  holds(member: Member, waiting: Waiting): boolean {
    return this.#joining?.get(member) === waiting;
  }

  /** Gives back what waited for the member, if it was not let in yet. */
  remove(member: Member): Waiting | undefined {
    const waiting = this.#joining?.get(member);
    this.#live.delete(member);
    this.#forgetJoining(member);
    return waiting;
  }

  /** The member hears, for once, what another room has kept for it. */
  tell(member: Member, event: Event): void {
    const waiting = this.#joining?.get(member);
    if (waiting !== undefined) waiting.hold(event);
    else member.send(member.language.event(event, this));
  }

  /** Ends everyone here (1012): they come back, and hear from the history what they missed, or that it is not known. */
  lost(): void {
    const members = [...this];
    for (const member of members)
      member.fail(new Close("restarting", "events were lost on their way here: come back for them"));
  }

  /** Sends the event to everyone here who may hear it, encoded once per dialect, and says how many that were. */
  hear(event: Event): number {
    const mayHear = this.#judge(event);
    const sole = this.#live.sole;
    let receivers = 0;
    if (sole !== undefined) {
      if (mayHear === everybody || mayHear(sole)) {
        sole.send(sole.language.event(event, this));
        receivers = 1;
      }
    } else receivers = this.#deliver(event, mayHear);
    if (this.#joining !== undefined) receivers += hearLater(this.#joining, event, mayHear);
    if (this.#tally !== undefined) this.#tally.delivered += receivers;
    if (event.counted === true) this.#note?.(event, this.number, receivers);
    return receivers;
  }

  #deliver(event: Event, mayHear: (member: Member) => boolean): number {
    let receivers = 0;
    let language: Language | undefined;
    let frame: Frame = "";
    let frames: Map<Language, Frame> | undefined;
    for (const member of this.#live) {
      if (mayHear !== everybody && !mayHear(member)) continue;
      if (member.language !== language) {
        if (language !== undefined) (frames ??= new Map()).set(language, frame);
        language = member.language;
        frame = frames?.get(language) ?? language.event(event, this);
      }
      member.send(frame);
      receivers += 1;
    }
    return receivers;
  }

  /** Who may hear the event. Whom a lone `exclude` means is looked up once, not compared with each member's id. */
  #judge(event: Event): (member: Member) => boolean {
    const { audience } = event;
    const elsewhere = this.#heardElsewhere;
    if (elsewhere !== undefined)
      return (member) =>
        (audience === undefined || admits(audience, member)) && !elsewhere(member, event, this);
    if (audience === undefined) return everybody;
    const lone = loneExclude(audience);
    if (lone === undefined) return (member) => admits(audience, member);
    const excluded = this.#find(lone);
    return excluded === undefined || !this.has(excluded) ? everybody : (member) => member !== excluded;
  }

  /** Most rooms have nobody joining most of the time: they keep no map for it. */
  #forgetJoining(member: Member): void {
    this.#joining?.delete(member);
    if (this.#joining?.size === 0) this.#joining = undefined;
  }
}

const everybody = (): boolean => true;

function hearLater(
  joining: ReadonlyMap<Member, Waiting>,
  event: Event,
  mayHear: (member: Member) => boolean,
): number {
  let receivers = 0;
  for (const [member, waiting] of joining) {
    if (!mayHear(member)) continue;
    waiting.hold(event);
    receivers += 1;
  }
  return receivers;
}

import { Attendance, type AttendanceParts, type ChangeListener } from "./attendance.ts";
import type { Peers } from "./peers.ts";

/** Who is at some places, by what makes them the same; `partial` where a node did not say. */
interface Listed<Who> {
  readonly at: ReadonlyMap<string, ReadonlyMap<string, Who>>;
  readonly partial?: true;
}

/** A node asks who is at its places, and whether to be told of changes from now on. */
interface Asked {
  readonly places: readonly string[];
  readonly watch: boolean;
}

type Answered<Who> = Readonly<Record<string, readonly Who[]>>;

interface Moved<Who> {
  readonly place: string;
  readonly who: Who;
  readonly isHere: boolean;
  /** It will soon be at the place on another node. */
  readonly isMoving?: boolean;
}

/** What whereabouts are made of. */
export interface WhereaboutsParts<Who> extends AttendanceParts<Who> {
  /** What nodes call it among themselves. */
  readonly name: string;
  readonly peers: Peers;
  /** Who of this node is at the place, each once. */
  readonly here: (place: string) => Iterable<Who>;
}

/**
 * Who is at which places, on all nodes. Each node knows its own, and tells of them those nodes where somebody watches; nothing is sent
 * for places that nobody watches. Those of a node that is lost have left, unless they come back elsewhere within the grace period.
 */
export class Whereabouts<Who> {
  readonly #parts: WhereaboutsParts<Who>;
  /** The places that somebody watches on this node. */
  readonly #watched = new Map<string, Attendance<Who>>();
  /** The nodes that are told of a place. */
  readonly #told = new Map<string, Set<string>>();

  constructor(parts: WhereaboutsParts<Who>) {
    this.#parts = parts;
    const { name, peers } = parts;
    peers.answer(name, (asked: Asked, from) => this.#answer(asked, from));
    peers.hear(name, (moved: Moved<Who>, from) => this.#move(moved, from));
    peers.hear(this.#unwatched, (place: string, from) => this.#forget(place, from));
    peers.watch({
      lost: (node) => {
        for (const place of this.#told.keys()) this.#forget(place, node);
        for (const attendance of this.#watched.values()) attendance.lose(node);
      },
      found: (node) => void this.#gather([...this.#watched.keys()], node),
    });
  }

  /** Tells the watcher first who is there, then who comes and goes. */
  watch(place: string, watcher: object, listener: ChangeListener<Who>): void {
    const attendance = this.#watched.get(place) ?? this.#begin(place);
    attendance.watch(watcher, listener);
  }

  unwatch(place: string, watcher: object): void {
    const attendance = this.#watched.get(place);
    attendance?.unwatch(watcher);
    if (attendance?.isWatched === false) this.#end(place, attendance);
  }

  /** Who is at the places now. */
  async list(places: readonly string[]): Promise<Listed<Who>> {
    const { name, peers, keyOf } = this.#parts;
    const listed = (place: string) => new Map([...this.#parts.here(place)].map((who) => [keyOf(who), who]));
    const at = new Map(places.map((place) => [place, listed(place)]));
    const asked: Asked = { places, watch: false };
    const isWhole = await peers.ask(name, asked, (answered: Answered<Who>) => {
      for (const [place, present] of at)
        for (const who of answered[place] ?? []) present.set(keyOf(who), who);
    });
    return { at, ...(!isWhole && { partial: true }) };
  }

  /** Somebody is at the place on this node, as `here` says too. */
  enter(place: string, who: Who): void {
    this.#tell({ place, who, isHere: true });
  }

  /** Somebody has left the place on this node. @param isMoving to come back on another: as long is waited as for those of a lost node */
  exit(place: string, who: Who, isMoving = false): void {
    this.#tell({ place, who, isHere: false, ...(isMoving && { isMoving }) });
  }

  get #unwatched(): string {
    return `${this.#parts.name}.unwatched`;
  }

  #begin(place: string): Attendance<Who> {
    const { peers, here } = this.#parts;
    const attendance = new Attendance(this.#parts);
    this.#watched.set(place, attendance);
    attendance.settle(peers.self, here(place));
    if (peers.others.size === 0) attendance.gathered();
    else void this.#gather([place]).then(() => attendance.gathered());
    return attendance;
  }

  #end(place: string, attendance: Attendance<Who>): void {
    attendance.end();
    this.#watched.delete(place);
    this.#parts.peers.tell(this.#unwatched, place);
  }

  /** Asks who is at the places elsewhere; from then on those nodes tell. */
  async #gather(places: readonly string[], only?: string): Promise<void> {
    if (places.length === 0) return;
    const asked: Asked = { places, watch: true };
    const settle = (answered: Answered<Who>, from: string) => {
      for (const [place, here] of Object.entries(answered)) this.#watched.get(place)?.settle(from, here);
    };
    await this.#parts.peers.ask(this.#parts.name, asked, settle, only);
  }

  #answer({ places, watch }: Asked, from: string): Answered<Who> {
    if (watch)
      for (const place of places) {
        const nodes = this.#told.get(place) ?? new Set();
        this.#told.set(place, nodes.add(from));
      }
    return Object.fromEntries(places.map((place) => [place, [...this.#parts.here(place)]]));
  }

  #forget(place: string, node: string): void {
    const nodes = this.#told.get(place);
    nodes?.delete(node);
    if (nodes?.size === 0) this.#told.delete(place);
  }

  #tell(moved: Moved<Who>): void {
    const { name, peers } = this.#parts;
    for (const node of this.#told.get(moved.place) ?? []) peers.tell(name, moved, node);
    this.#move(moved, peers.self);
  }

  #move({ place, who, isHere, isMoving }: Moved<Who>, node: string): void {
    const { keyOf, grace } = this.#parts;
    const watched = this.#watched.get(place);
    if (isHere) watched?.arrive(who, node);
    else watched?.depart(keyOf(who), node, isMoving ? grace.lostMs : grace.leftMs);
  }
}

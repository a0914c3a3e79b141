/** Hears of the other nodes: whether they can be reached. */
export interface PeerWatcher {
  /** The node can be reached, and nothing that it told since is missing. */
  found?(node: string): void;
  /** The node is gone, or something that it told was lost: what was under way with it may never come. It may be found again. */
  lost?(node: string): void;
}

/** The other nodes, as this one knows them. What is told is JSON, and comes in order; where something is lost, its sender is. */
export interface Peers {
  /** This node's name, new at each start; it cannot be guessed. */
  readonly self: string;
  /** The other nodes that can be reached. */
  readonly others: ReadonlySet<string>;
  /** Whether others could be reached at all now. */
  readonly connected: boolean;
  /** Resolves at once, unless this node has come back so lately that some others may not have made themselves known yet. */
  readonly settled: Promise<void>;
  /** Tells all other nodes, or only one. */
  tell(channel: string, told: unknown, only?: string): void;
  /** Hears what others tell on the channel. */
  hear(channel: string, listener: (told: never, from: string) => void): void;
  /**
   * Asks all other nodes, or only one, and hears each answer as it comes. Resolves when all that can be reached have answered, or after
   * a while: false where one of them has not.
   */
  ask(
    question: string,
    asked: unknown,
    hear: (answer: never, from: string) => void,
    only?: string,
  ): Promise<boolean>;
  /** Answers what others ask. */
  answer(question: string, answer: (asked: never, from: string) => unknown): void;
  watch(watcher: PeerWatcher): void;
}

/** The peers of a node that stands alone. */
export const alone: Peers = {
  self: "",
  others: new Set(),
  connected: true,
  settled: Promise.resolve(),
  tell() {},
  hear() {},
  ask: () => Promise.resolve(true),
  answer() {},
  watch() {},
};

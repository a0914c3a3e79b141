/** What a node hears of its wire. */
export interface WireEnd {
  read(text: string): void;
  /** The wire carries, from now on or again: what was sent before is lost. */
  up(): void;
  /** The wire carries nothing: what is sent from now on is lost, and what was sent lately may be. */
  down(): void;
}

/** Carries texts between nodes, in the order of each sender. What it loses is lost: its users notice. */
export interface Wire {
  /** How many bytes of UTF-8 a text may have. */
  readonly textBytesMax: number;
  /** Begins to hear what is sent to the node, and to all. */
  open(node: string, end: WireEnd): void;
  /** Sends to one node, or to all, the sender included. */
  send(text: string, to: string | undefined): void;
}

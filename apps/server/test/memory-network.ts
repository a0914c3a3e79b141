import type { Clock } from "../src/core/clock.ts";
import { Cluster } from "../src/engines/cluster/cluster.ts";
import type { Wire, WireEnd } from "../src/engines/cluster/wire.ts";

/** Wires without a network, which lose what they are told to lose. */
export class MemoryNetwork {
  /** How many texts were sent. */
  texts = 0;
  /** Whether a text that the one node sends does not reach the other. */
  loses: (from: string, to: string, text: string) => boolean = () => false;
  readonly #ends = new Map<string, WireEnd>();

  /** A node's wire; it is up at once. */
  wire(textBytesMax = 1_000): Wire {
    let self = "";
    return {
      textBytesMax,
      open: (node, end) => {
        self = node;
        this.#ends.set(node, end);
        end.up();
      },
      send: (text, to) => {
        if (Buffer.byteLength(text) > textBytesMax) throw new Error(`${Buffer.byteLength(text)} bytes`);
        this.texts += 1;
        for (const [node, end] of this.#ends)
          if ((to ?? node) === node && !this.loses(self, node, text)) queueMicrotask(() => end.read(text));
      },
    };
  }

  /** So many nodes that know each other. */
  async nodes(count: number, clock: Clock & { advance(ms: number): void }): Promise<Cluster[]> {
    const report = (error: unknown) => {
      throw error;
    };
    const nodes = Array.from({ length: count }, () => new Cluster({ wire: this.wire(), clock, report }));
    clock.advance(600);
    await Promise.all(nodes.map(({ settled }) => settled));
    return nodes;
  }

  /** The node's wire breaks, or is mended. */
  carry(node: string, isUp: boolean): void {
    const end = this.#ends.get(node);
    if (isUp) end?.up();
    else end?.down();
  }

  /** The node is gone without a word. */
  kill(node: string): void {
    this.#ends.delete(node);
    this.loses = (
      (before) => (from, to, text) =>
        from === node || before(from, to, text)
    )(this.loses);
  }
}

import { type Position, positionSchema } from "@switchboard/protocol";

/** Where read positions are kept, so that a reader who starts anew goes on where it was. Both are called synchronously. */
export interface PositionStore {
  get(topic: string): Position | undefined;
  /** Called at most every 250 ms for each topic, and when the client closes or the page is left. */
  set(topic: string, position: Position): void;
}

/**
 * Keeps positions in a browser's `sessionStorage` (each tab reads for itself) or `localStorage` (tabs share what was read).
 * What is found there but is no position counts as none.
 */
export function storagePositions(storage: Storage, prefix = "switchboard:"): PositionStore {
  return {
    get(topic) {
      const kept = storage.getItem(prefix + topic);
      return kept === null ? undefined : positionOf(kept);
    },
    set(topic, { epoch, offset }) {
      storage.setItem(prefix + topic, JSON.stringify({ epoch, offset }));
    },
  };
}

function positionOf(text: string): Position | undefined {
  try {
    return positionSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Where a connection is in its life. `leaving`: the server drains, but what was asked may still be answered. */
export type State = "connecting" | "live" | "leaving" | "waiting" | "offline" | "closed";

/**
 * What may happen to it. `lost`: the socket is gone, in a way that one comes back from; `ended`: for good. `drained`: the server asks
 * to come back later; `left`: nothing is under way any more. `due`: the waiting is over. `retried`, `closed`: somebody asked for it.
 */
export type Happening =
  | ("welcomed" | "lost" | "ended" | "drained" | "left" | "due")
  | ("networkLost" | "networkFound" | "retried" | "closed");

type Transitions = Partial<Record<Happening, State>>;

const always: Transitions = { retried: "connecting", closed: "closed" };
const withSocket: Transitions = { ...always, lost: "waiting", ended: "closed", networkLost: "offline" };

/** The whole life: what happens leads from each state to another. What is not listed changes nothing. */
export const life: Readonly<Record<State, Transitions>> = {
  connecting: { ...withSocket, welcomed: "live", drained: "waiting" },
  live: { ...withSocket, drained: "leaving" },
  leaving: { ...withSocket, left: "waiting" },
  waiting: { ...always, due: "connecting", networkLost: "offline", networkFound: "connecting" },
  offline: { ...always, networkFound: "connecting" },
  closed: { retried: "connecting" },
};

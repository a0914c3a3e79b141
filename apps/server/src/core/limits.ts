/** Everything that grows has its bound here: what it is by default, and what happens there. */
export const limitTable = {
  frameBytesMax: {
    default: 512 * 1024,
    meaning: "bytes of a frame or an HTTP publish; a larger one is refused (too_large), the connection lives",
  },
  frameBytesHardMax: {
    default: 4 * 1024 * 1024,
    meaning:
      "bytes of a frame; a larger one ends the connection (1009). Also of a batch over HTTP (too_large)",
  },
  framesWaitingMax: {
    default: 1_000,
    meaning: "frames of a session that wait while an earlier one is answered; one more ends it (4002)",
  },
  sendBufferBytesMax: {
    default: 1024 * 1024,
    meaning: "bytes that wait for a session's socket; more ends it (4001), with nothing skipped before",
  },
  subscriptionsMax: {
    default: 1_000,
    meaning: "topics and patterns that a session subscribes to; one more is refused (limit_exceeded)",
  },
  registrationsMax: {
    default: 1_000,
    meaning: "procedures that a session registers; one more is refused (limit_exceeded)",
  },
  callsInFlightMax: {
    default: 1_000,
    meaning: "calls of a session that wait for their answer; one more is refused (limit_exceeded)",
  },
  sessionsMax: {
    default: 100_000,
    meaning: "sessions on this node; one more is refused before the upgrade (503)",
  },
  sessionsPerAddressMax: {
    default: 100_000,
    meaning: "sessions from one address; one more is refused before the upgrade (429)",
  },
  framesPerSecondMax: {
    default: 200_000,
    meaning:
      "frames of a session in a second, requests of an address over HTTP; more are refused (rate_limited, with retryAfter). A session that sends on in spite of as many refusals, here and below, is ended (4002)",
  },
  bytesPerSecondMax: {
    default: 256 * 1024 * 1024,
    meaning: "bytes of these in a second; a larger one passes, and the next ones wait for it (rate_limited)",
  },
  publishesPerSecondMax: {
    default: 100_000,
    meaning:
      "publishes of a session, or of an address over HTTP, in a second; more are refused (rate_limited)",
  },
  callsPerSecondMax: {
    default: 100_000,
    meaning: "calls of a session, or of an address over HTTP, in a second; more are refused (rate_limited)",
  },
  connectsPerSecondMax: {
    default: 10_000,
    meaning: "connections from one address in a second; more are refused before the upgrade (429)",
  },
  failedLoginsPerMinuteMax: {
    default: 1_000,
    meaning: "logins from one address that fail in a minute; whoever comes from there waits (429, 4002)",
  },
  addressesMax: {
    default: 50_000,
    meaning: "addresses whose rates are known; the one that was not seen for longest begins anew",
  },
  pingsPerSecondMax: {
    default: 100,
    meaning: "pings and pongs (of WebSocket itself) of a session in a second; one more ends it (4002)",
  },
  heldEventsMax: {
    default: 1_000,
    meaning: "events that wait while a joining session reads history; more are read from the history instead",
  },
  retainedEventsMax: {
    default: 10_000,
    meaning: "topics with a retained event; one more, and the one published longest ago is forgotten",
  },
  patternsMax: {
    default: 1_000,
    meaning: "patterns that this node's sessions subscribe to; one more is refused (limit_exceeded)",
  },
} as const satisfies Record<string, { readonly default: number; readonly meaning: string }>;

/** Every limit, by name. */
export type Limits = { readonly [Name in keyof typeof limitTable]: number };

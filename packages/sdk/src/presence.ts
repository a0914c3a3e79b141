/** Somebody who is connected. */
export interface Who {
  readonly session: string;
  /** Whose token it is, where the server asks for one. */
  readonly subject?: string | undefined;
}

/** Who is on a topic, and what has changed since it was told last. */
export interface Presence {
  readonly topic: string;
  /** Everyone who is there, in the order they came. */
  readonly present: readonly Who[];
  /** The same by subject: each once, however many sessions it has there. */
  readonly subjects: readonly string[];
  /** Who has come; the first time, everyone. */
  readonly joined: readonly Who[];
  readonly left: readonly Who[];
}

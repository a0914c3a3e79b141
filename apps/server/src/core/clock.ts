/** The time, as the core knows it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after so many ms, unless the result is called before. It does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
}

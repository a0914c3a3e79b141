/** What befalls one connection. Bytes are counted from both sides together. */
export interface Fate {
  /** The connection is refused: it ends as soon as it was made. */
  readonly refuse?: boolean;
  /** Each part of what is sent comes so much later, in order. */
  readonly delayMs?: () => number;
  /** After so many bytes it is cut, without a word (RST). */
  readonly cutAfter?: number;
  /** After so many bytes the server's half is ended (FIN), or the client's. */
  readonly halfCloseAfter?: { readonly bytes: number; readonly side: "server" | "client" };
  /** After so many bytes nothing goes through any more, though the connection stands. */
  readonly silentAfter?: number;
  /**
   * The attempt to connect is made twice, as by a proxy that tries again: the server sees the same bytes over two connections, and the
   * client hears the second. The first is lost once it has answered so many times.
   */
  readonly replayAfter?: number;
}

/** What happened to connections. */
export interface ProxyCounts {
  connections: number;
  refused: number;
  cuts: number;
  halfCloses: number;
  silences: number;
  replays: number;
  delays: number;
}

/** A WebSocket class that knows how many of its sockets exist: from their making to their close event. */
export function countingWebSocket() {
  const counts = { now: 0, most: 0, made: 0 };
  class CountingWebSocket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      counts.made += 1;
      counts.now += 1;
      counts.most = Math.max(counts.most, counts.now);
      this.addEventListener("close", () => (counts.now -= 1));
    }
  }
  return { counts, WebSocket: CountingWebSocket };
}

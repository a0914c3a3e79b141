import { answer } from "./child.ts";

/** What one reader has heard: how many events, the last one's offset, and how often one came out of order. */
interface Reader {
  events: number;
  offset: number;
  disorder: number;
}

const readers: Reader[] = [];
let closed = 0;

/** Subscribes, and counts. The frames are not parsed: a thousand readers do not leave the time for it. */
function read(url: string, topic: string): Promise<void> {
  const reader = { events: 0, offset: -1, disorder: 0 };
  readers.push(reader);
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, "switchboard.1");
    socket.addEventListener("open", () => {
      socket.send('{"type":"hello"}');
      socket.send(JSON.stringify({ type: "subscribe", id: 1, topic }));
    });
    socket.addEventListener("message", ({ data }) => {
      const text = String(data);
      if (text.startsWith('{"type":"subscribed"')) return resolve();
      const at = text.indexOf('"offset":');
      if (at === -1) return;
      const offset = Number.parseInt(text.slice(at + 9, at + 25), 10);
      reader.events += 1;
      if (offset <= reader.offset) reader.disorder += 1;
      reader.offset = offset;
    });
    socket.addEventListener("close", () => (closed += 1));
  });
}

const answers = {
  start: async ({ url, topic, count }: { url: string; topic: string; count: number }) => {
    for (let i = 0; i < count; i += 100)
      await Promise.all(Array.from({ length: Math.min(100, count - i) }, () => read(url, topic)));
  },
  /** How many events the slowest has. */
  least: () => Math.min(...readers.map(({ events }) => events)),
  result: () => ({
    least: Math.min(...readers.map(({ events }) => events)),
    most: Math.max(...readers.map(({ events }) => events)),
    disordered: readers.reduce((sum, { disorder }) => sum + disorder, 0),
    /** Those who did not get as far as the others. */
    lastOffsets: [...new Set(readers.map(({ offset }) => offset))],
    closed,
  }),
};

/** What this process answers to. */
export type ReaderCrowdAnswers = typeof answers;

answer(answers);

import { answer } from "./child.ts";

let longestMs = 0;
let pings = 0;
let sentAt = 0;
let socket: WebSocket;

function ping(): void {
  sentAt = performance.now();
  socket.send('{"type":"ping","id":1}');
}

const answers = {
  /** Pings over a connection of its own, again and again. */
  start: (url: string) =>
    new Promise<void>((resolve) => {
      socket = new WebSocket(`${url.replace("http", "ws")}/ws`, "switchboard.1");
      socket.addEventListener("open", () => socket.send('{"type":"hello"}'));
      socket.addEventListener("message", ({ data }) => {
        if (String(data).includes('"welcome"')) resolve();
        else {
          longestMs = Math.max(longestMs, performance.now() - sentAt);
          pings += 1;
        }
        setTimeout(ping, 2);
      });
    }),
  /** How long an answer took at most since the last time, and how many there were. */
  measured: () => {
    const measured = { pings, longestMs: Math.round(longestMs) };
    [pings, longestMs] = [0, 0];
    return measured;
  },
};

/** What this process answers to. */
export type PingerAnswers = typeof answers;

answer(answers);

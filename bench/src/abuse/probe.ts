import { subprotocol } from "@switchboard/protocol";

/** Good clients: one publishes to a record, the others follow it. */
export interface Probe {
  /** How long each delivery took until the time is over, in ms; those that did not come count as the whole of it. */
  latencies(time: Promise<unknown>): Promise<readonly number[]>;
  close(): void;
}

const followers = 10;
const everyMs = 10;
/** How long the last deliveries may take, in ms. */
const patienceMs = 2_000;
const record = "probe";

/** Connects the good clients; resolves when all are welcomed. */
export async function connectProbe(url: URL): Promise<Probe> {
  let heard: (number: number) => void = () => {};
  const sockets = await Promise.all(
    Array.from({ length: followers }, () => welcomed(url, record, (number) => heard(number))),
  );
  const publisher = await welcomed(url, "nobody", () => {});
  return {
    async latencies(time) {
      const sentAt: number[] = [];
      const found: number[] = [];
      heard = (number) => found.push(performance.now() - (sentAt[number] ?? NaN));
      const state = { isOver: false };
      void time.then(() => (state.isOver = true));
      const startedAt = performance.now();
      for (let number = 0; !state.isOver; number++) {
        sentAt[number] = performance.now();
        publisher.send(JSON.stringify({ type: "publish", crmIds: [record], data: number }));
        await Bun.sleep(everyMs);
      }
      const expected = sentAt.length * followers;
      for (let waited = 0; found.length < expected && waited < patienceMs; waited += 50) await Bun.sleep(50);
      heard = () => {};
      return [
        ...found,
        ...Array.from({ length: expected - found.length }, () => performance.now() - startedAt),
      ];
    },
    close() {
      for (const socket of [publisher, ...sockets]) socket.close();
    },
  };
}

function welcomed(url: URL, crmId: string, onEvent: (number: number) => void): Promise<WebSocket> {
  const address = new URL(`/ws?crmId=${crmId}`, url);
  address.protocol = "ws:";
  const socket = new WebSocket(address, subprotocol);
  return new Promise((resolve, reject) => {
    socket.addEventListener("close", ({ code }) => reject(new Error(`a good client was ended with ${code}`)));
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as { type: string; data?: number };
      if (frame.type === "welcome") resolve(socket);
      if (frame.type === "event") onEvent(frame.data ?? -1);
    });
  });
}

import { connect, type Socket } from "node:net";
import { attacks, type Attack, type Flood } from "./attacks.ts";

/** What the abuser is started with, as its one argument in JSON. It says "ready", begins when it is told to, and tells its state when asked. */
export interface AbuserJob {
  /** Which of the attacks, by name. */
  readonly attack: string;
  readonly port: number;
}

/** What came of it so far. */
export interface AbuserState {
  /** Sockets that were opened, and those that the server ended. */
  readonly opened: number;
  readonly ended: number;
  readonly sentBytes: number;
}

/** Another address than the others have, so that what is counted by address is counted apart. */
const localAddress = "127.0.0.2";
/** How long a socket that was ended waits before it comes back, in ms. */
const comeBackMs = 2_000;
const openingAtOnce = 250;
const tickMs = 10;

const { attack: name, port } = JSON.parse(process.argv[2] ?? "") as AbuserJob;
const attack = attacks.find((one) => one.name === name) as Attack;
const state = { opened: 0, ended: 0, sentBytes: 0 };
const talking = new Set<Socket>();

process.on("message", (message) => {
  if (message === "begin") void begin();
  else process.send?.(state);
});
process.on("disconnect", () => process.exit());
process.send?.("ready");

async function begin(): Promise<void> {
  for (let opened = 0; opened < attack.sockets; opened += openingAtOnce) {
    for (let i = opened; i < Math.min(opened + openingAtOnce, attack.sockets); i++) open();
    await Bun.sleep(tickMs);
  }
  if (attack.flood !== undefined) await flood(attack.flood);
}

function open(): void {
  const socket = connect({ host: "127.0.0.1", port, localAddress, noDelay: true });
  socket.on("connect", () => {
    state.opened += 1;
    if (attack.opening !== "") socket.write(attack.opening);
  });
  socket.once("data", () => {
    if (attack.flood === undefined) return;
    socket.write(attack.flood.first);
    talking.add(socket);
  });
  socket.on("data", () => undefined);
  socket.on("error", () => undefined);
  socket.on("close", () => {
    talking.delete(socket);
    state.ended += 1;
    setTimeout(open, comeBackMs);
  });
}

/** Says it on all sockets in turns; those whose line is full are left out. */
async function flood({ rest, bytesPerWrite, bytesPerSecond }: Flood): Promise<never> {
  let at = 0;
  const startedAt = performance.now();
  for (;;) {
    const due = ((performance.now() - startedAt) / 1_000) * bytesPerSecond;
    for (let isMoving = true; isMoving && state.sentBytes < due;) {
      isMoving = false;
      for (const socket of talking) {
        if (socket.writableNeedDrain || state.sentBytes >= due) continue;
        socket.write(rest.subarray(at, at + bytesPerWrite));
        state.sentBytes += bytesPerWrite;
        isMoving = true;
      }
      at = (at + bytesPerWrite) % rest.length;
    }
    await Bun.sleep(tickMs);
  }
}

import { startGenerator } from "./generator-process.ts";
import { type Contestant, startServer } from "./processes.ts";
import { residentBytesOf } from "./process-figures.ts";
import { idleSessions, type Scenario } from "./scenarios.ts";

/** How long the memory may settle, in ms. */
const settleMs = 3_000;

const idle: Scenario = {
  name: "idle",
  group: "targeted",
  subscribers: idleSessions,
  topics: idleSessions,
  publishers: 0,
  window: 0,
  chunk: 1,
  history: "none",
};

/** Bytes by which a fresh server grows per idle session: it has said hello, follows a crmId of its own, and hears nothing. */
export async function bytesPerIdleSession(who: Contestant): Promise<number> {
  const server = await startServer(who, "none");
  await Bun.sleep(settleMs);
  const before = residentBytesOf(server.pid);
  const generator = await startGenerator(idle, server);
  await Bun.sleep(settleMs);
  const after = residentBytesOf(server.pid);
  await generator.stop();
  await server.stop();
  return (after - before) / idleSessions;
}

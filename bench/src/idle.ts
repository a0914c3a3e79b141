import { startGenerator } from "./generator-process.ts";
import { type Contestant, startServer } from "./processes.ts";
import { residentBytesOf } from "./process-figures.ts";
import { idleSessions, type Scenario } from "./scenarios.ts";

/** These come first, and pay for what is loaded and compiled once. */
const firstSessions = 1_000;
/** Until a collection of garbage has come and gone, in ms. */
const settleMs = 3_000;

/** Bytes that one more idle session costs: it has said hello, follows a crmId of its own, and hears nothing. */
export async function bytesPerIdleSession(who: Contestant): Promise<number> {
  const server = await startServer(who, "none");
  const residentWith = async (sessions: number) => {
    const generator = await startGenerator(idle(sessions), server);
    await Bun.sleep(settleMs);
    return { generator, bytes: residentBytesOf(server.pid) };
  };
  const first = await residentWith(firstSessions);
  const all = await residentWith(idleSessions);
  await Promise.all([first, all].map(({ generator }) => generator.stop()));
  await server.stop();
  return (all.bytes - first.bytes) / idleSessions;
}

function idle(sessions: number): Scenario {
  return {
    name: "idle",
    group: "targeted",
    subscribers: sessions,
    topics: sessions,
    publishers: 0,
    window: 0,
    chunk: 1,
    history: "none",
  };
}

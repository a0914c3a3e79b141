import { openAll } from "./connection.ts";
import { Deliveries } from "./deliveries.ts";
import { textFrame } from "./frames.ts";
import { type Contestant, startServer } from "./processes.ts";
import { crmIdOf } from "./scenarios.ts";

const followers = 10_000;
const messages = 100_000;
const chunk = 50;
/** Publishes under way at most. */
const windowMax = 1_000;
/** After so many ms without a delivery, what is still under way is missing. */
const patienceMs = 3_000;
/** Time for what nobody should be sent to arrive, in ms. */
const aftermathMs = 500;

interface Heard {
  readonly type: string;
  readonly topic: string;
  readonly data: { readonly crmId: string; readonly message: number };
}

/**
 * Every message to a crmId reaches its one follower, and nobody else: 10,000 followers, 100,000 messages to random ones of them.
 * Prints the counts; whether all was right.
 */
export async function checkTargeted(who: Contestant, seed: number): Promise<boolean> {
  const server = await startServer(who, "memory");
  try {
    const deliveries = new Deliveries(followers);
    const connections = await openAll(followers, (follower) => ({
      url: server.url,
      crmIds: [crmIdOf(follower)],
      onText: (bytes, start, end) =>
        deliveries.heard(follower, messageIn(textOf(bytes, start, end), follower)),
    }));
    const refusals: string[] = [];
    const onText = (bytes: Uint8Array, start: number, end: number) =>
      void refusals.push(textOf(bytes, start, end));
    const publishers = await openAll(1, () => ({ url: server.url, crmIds: [], onText }));
    const random = randomFrom(seed);
    for (let sent = 0; sent < messages; sent += chunk) {
      const frames = Array.from({ length: chunk }, () => publishTo(random(followers), deliveries));
      publishers[0]?.send(Buffer.concat(frames));
      await settled(deliveries, sent + chunk - windowMax);
    }
    await settled(deliveries, messages);
    await Bun.sleep(aftermathMs);
    for (const connection of [...connections, ...publishers]) connection.close();
    return told(who, seed, deliveries, refusals);
  } finally {
    await server.stop();
  }
}

/** Resolves when so many were received, or nothing comes any more. */
async function settled(deliveries: Deliveries, count: number): Promise<void> {
  let before = -1;
  let since = performance.now();
  while (deliveries.received < count && performance.now() - since < patienceMs) {
    if (deliveries.received !== before) since = performance.now();
    before = deliveries.received;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function publishTo(follower: number, deliveries: Deliveries): Uint8Array {
  const crmId = crmIdOf(follower);
  const data = { crmId, message: deliveries.sent(follower) };
  return textFrame(JSON.stringify({ type: "publish", crmIds: [crmId], data }));
}

/** The number of the message; -1 where the frame is not what this follower may hear. */
function messageIn(text: string, follower: number): number {
  const { type, topic, data } = JSON.parse(text) as Heard;
  const crmId = crmIdOf(follower);
  return type === "event" && topic === `crm.${crmId}` && data.crmId === crmId ? data.message : -1;
}

function told(who: Contestant, seed: number, deliveries: Deliveries, refusals: readonly string[]): boolean {
  const { sent, received, ...counts } = deliveries.verdict();
  const isRight = [counts.missing, counts.duplicates, counts.strays, counts.disordered].every((n) => n === 0);
  console.log(
    `${who}, seed ${seed}: ${sent} sent to ${counts.followers} of ${followers} followers, ${received} received; ` +
      `${counts.missing} missing, ${counts.duplicates} twice, ${counts.strays} astray, ${counts.disordered} out of order, ` +
      `${refusals.length} refused`,
  );
  if (refusals[0] !== undefined) console.log(`the first refusal: ${refusals[0]}`);
  return isRight && refusals.length === 0;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, end));
}

/** Numbers below `bound`, the same ones for the same seed (mulberry32). */
function randomFrom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { Eldest } from "../../core/eldest.ts";
import { alone } from "../../core/peers.ts";
import { signatureOf } from "./signature.ts";
import { Webhooks } from "./webhooks.ts";

const app = { id: "1", key: "k", secret: "s" };
const open: { stop(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) void one.stop();
});

/** A back end that answers as told, and what it was told. */
function start(...answers: number[]) {
  const clock = new ManualClock();
  const told: { readonly name: string }[] = [];
  const bodies: string[] = [];
  const signatures: (string | null)[] = [];
  const news: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.text();
      bodies.push(body);
      signatures.push(request.headers.get("x-pusher-signature"));
      const status = answers.shift() ?? 200;
      if (status === 200) told.push(...(JSON.parse(body) as { events: { name: string }[] }).events);
      return new Response(null, { status });
    },
  });
  const eldest = new Eldest("webhooks", alone, clock);
  const tell = (one: string) => news.push(one);
  const webhooks = new Webhooks({ app, url: server.url.href, clock, peers: alone, eldest, tell });
  eldest.stand();
  open.push(webhooks, server);
  /** Moves the clock, while nothing is under way, until so many requests have come. */
  const requests = async (count: number) => {
    const look = () => {
      if (clock.awaited > 0) clock.advance(1_000);
      return bodies.length;
    };
    await expect.poll(look, { timeout: 30_000, interval: 5 }).toBeGreaterThanOrEqual(count);
  };
  return { clock, told, bodies, signatures, news, webhooks, requests };
}

describe("[R39] webhooks", () => {
  it("are signed, collected into one request, and in order", async () => {
    const { clock, told, bodies, signatures, webhooks, requests } = start();
    webhooks.share({ name: "channel_occupied", channel: "presence-a" });
    webhooks.share({ name: "member_added", channel: "presence-a", user_id: "1" });
    webhooks.tell({ name: "cache_miss", channel: "cache-b" });
    clock.advance(50);
    await requests(1);
    expect(told).toEqual([
      { name: "channel_occupied", channel: "presence-a" },
      { name: "member_added", channel: "presence-a", user_id: "1" },
      { name: "cache_miss", channel: "cache-b" },
    ]);
    expect(signatures).toEqual([signatureOf(app, bodies[0] ?? "")]);
  });

  it("are offered again until the back end takes them, and nothing overtakes them", async () => {
    const { told, news, webhooks, requests } = start(500, 503);
    webhooks.tell({ name: "first" });
    await requests(2);
    webhooks.tell({ name: "second" });
    await requests(3);
    await expect.poll(() => told.length, { timeout: 30_000 }).toBe(2);
    expect(told.map(({ name }) => name)).toEqual(["first", "second"]);
    expect(news).toEqual([]);
  });

  it("are dropped after 5 minutes, which is told", async () => {
    const { clock, told, news, webhooks, requests } = start(500, 500, 200);
    webhooks.tell({ name: "lost" });
    await requests(1);
    await expect.poll(() => clock.awaited, { timeout: 30_000 }).toBeGreaterThan(0);
    clock.advance(300_001);
    await requests(2);
    await expect.poll(() => news.length, { timeout: 30_000 }).toBe(1);
    expect(news[0]).toContain("it answers 500");
    webhooks.tell({ name: "next" });
    await requests(3);
    await expect.poll(() => told.map(({ name }) => name), { timeout: 30_000 }).toEqual(["next"]);
  });
});

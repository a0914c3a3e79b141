import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joinChannel, openBackEnd, openEcho, openFrontEnd } from "../../apps/server/test/pusher-clients.ts";
import { app } from "../platform/languages.ts";
import { Nodes } from "./nodes.ts";

const patient = { timeout: 50_000, interval: 50 };
const told: string[] = [];
const closing: (() => unknown)[] = [];
let cluster: Nodes;

beforeAll(async () => {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { events } = (await request.json()) as { events: Record<string, string>[] };
      for (const { name, channel, user_id: userId } of events)
        if (channel !== undefined) told.push([name, channel, userId].filter(Boolean).join(" "));
      return new Response();
    },
  });
  cluster = await Nodes.start(2, { pusherApps: [app], pusherWebhooks: [server.url.href] });
  closing.push(
    () => cluster[Symbol.asyncDispose](),
    () => server.stop(true),
  );
});
afterAll(async () => {
  for (const close of closing) await close();
});

const urlOf = (node: number) => cluster.nodes[node]?.url.href ?? "";

function frontEnd(node: number, user: Parameters<typeof openFrontEnd>[2]) {
  const client = openFrontEnd(urlOf(node), app, user);
  closing.unshift(() => client.disconnect());
  return client;
}

async function get(node: number, path: string, params?: Record<string, string>): Promise<unknown> {
  return (await openBackEnd(urlOf(node), app).get({ path, ...(params && { params }) })).json();
}

describe("[R39] Pusher's clients and back ends on two nodes", () => {
  it("are told of the members of both; each node answers for both; webhooks are told once", async () => {
    const [ann, bob] = [frontEnd(0, { id: "1", name: "Ann" }), frontEnd(1, { id: "2", name: "Bob" })];
    const changes: string[] = [];
    await joinChannel(ann, "presence-room");
    for (const what of ["added", "removed"])
      ann
        .channel("presence-room")
        .bind(`pusher:member_${what}`, ({ id }: { readonly id: string }) => changes.push(`${what} ${id}`));
    expect(await joinChannel(bob, "presence-room")).toMatchObject({
      count: 2,
      members: { 1: { name: "Ann" }, 2: { name: "Bob" } },
    });
    const bobToo = frontEnd(0, { id: "2", name: "Bob" });
    await joinChannel(bobToo, "presence-room");
    for (const node of [0, 1]) {
      const { users } = (await get(node, "/channels/presence-room/users")) as { users: { id: string }[] };
      expect(users.map(({ id }) => id).toSorted()).toEqual(["1", "2"]);
      const info = "user_count,subscription_count";
      expect(await get(node, "/channels/presence-room", { info })).toEqual({
        occupied: true,
        user_count: 2,
        subscription_count: 3,
      });
      expect(await get(node, "/channels", { filter_by_prefix: "presence-", info: "user_count" })).toEqual({
        channels: { "presence-room": { user_count: 2 } },
      });
      expect(await get(node, "/connections")).toEqual({ connections: 3 });
    }
    bob.disconnect();
    bobToo.disconnect();
    await expect.poll(() => changes, patient).toEqual(["added 2", "removed 2"]);
    ann.disconnect();
    await expect
      .poll(() => told, patient)
      .toEqual([
        "channel_occupied presence-room",
        "member_added presence-room 1",
        "member_added presence-room 2",
        "member_removed presence-room 2",
        "member_removed presence-room 1",
        "channel_vacated presence-room",
      ]);
    expect(await get(1, "/channels")).toEqual({ channels: {} });
  });

  it("laravel-echo sees who is here on both, and a user is thrown out by either", async () => {
    const whoIsHere = (node: number, id: string, name: string) => {
      const echo = openEcho(urlOf(node), app, { id, name });
      closing.unshift(() => echo.disconnect());
      return new Promise((resolve) => {
        echo.join("crm.7").here((here: readonly { readonly name: string }[]) => {
          resolve(here.map((one) => one.name).toSorted());
        });
      });
    };
    const first = await whoIsHere(0, "3", "Cat");
    const second = await whoIsHere(1, "4", "Dan");
    expect([first, second]).toEqual([["Cat"], ["Cat", "Dan"]]);
    const eve = frontEnd(0, { id: "77", name: "Eve" });
    eve.signin();
    const isIn = async () => await get(1, "/channels/%23server-to-user-77");
    await expect.poll(isIn, patient).toEqual({ occupied: true });
    const ended = new Promise((resolve) => eve.connection.bind("disconnected", resolve));
    expect((await openBackEnd(urlOf(1), app).terminateUserConnections("77")).status).toBe(200);
    await ended;
  });
});

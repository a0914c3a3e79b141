import FrontEnd from "pusher-js";
import { afterEach, describe, expect, it } from "vitest";
import { joinChannel, openBackEnd, openEcho, openFrontEnd } from "../../test/pusher-clients.ts";
import { RealServer } from "../../test/real-server.ts";

const app = { id: "app1", key: "key1", secret: "secret1" };
const server = new RealServer({ pusherApps: [app] });

type Heard = Record<string, unknown>;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const backEnd = (secret = app.secret) => openBackEnd(server.url("/"), { ...app, secret });

const address = () => {
  const { hostname, port } = new URL(server.url("/"));
  return { wsHost: hostname, wsPort: Number(port), forceTLS: false, enabledTransports: ["ws" as const] };
};

function frontEnd(user?: { readonly id: string; readonly name: string }): FrontEnd {
  const client = openFrontEnd(server.url("/"), app, user);
  closing.push(() => client.disconnect());
  return client;
}

const heardOn = (client: FrontEnd, channel: string, event: string): Promise<unknown> =>
  new Promise((resolve) => client.channel(channel).bind(event, resolve));

describe("[R39] pusher-js, and pusher for Node", () => {
  it("an event reaches who subscribes to the private channel, but not the socket that it excludes", async () => {
    const [ann, bob] = [frontEnd(), frontEnd()];
    await Promise.all([joinChannel(ann, "private-crm.42"), joinChannel(bob, "private-crm.42")]);
    const unheard: unknown[] = [];
    bob.channel("private-crm.42").bind("App\\Events\\DealUpdated", (data: unknown) => unheard.push(data));
    const heard = heardOn(ann, "private-crm.42", "App\\Events\\DealUpdated");
    const later = heardOn(bob, "private-crm.42", "last");
    const answer = await backEnd().trigger(
      "private-crm.42",
      "App\\Events\\DealUpdated",
      { id: 42, title: "ünï" },
      { socket_id: bob.connection.socket_id },
    );
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({});
    expect(answer.headers.get("x-switchboard-receivers")).toBe("1");
    expect(await heard).toEqual({ id: 42, title: "ünï" });
    await backEnd().trigger("private-crm.42", "last", "plain text");
    expect(await later).toBe("plain text");
    expect(unheard).toEqual([]);
  });

  it("a private channel without the right signature is an error", async () => {
    const client = frontEnd();
    await joinChannel(client, "public");
    const wrong = new FrontEnd(app.key, {
      ...address(),
      cluster: "",
      channelAuthorization: {
        endpoint: "",
        transport: "ajax",
        customHandler: (_, answer) => answer(null, { auth: `${app.key}:00` }),
      },
    });
    closing.push(() => wrong.disconnect());
    await expect(joinChannel(wrong, "private-crm.42")).rejects.toMatchObject({
      type: "AuthError",
      status: 401,
    });
  });

  it("presence: who is there, who comes and who goes; client events", async () => {
    const [ann, bob] = [frontEnd({ id: "1", name: "Ann" }), frontEnd({ id: "2", name: "Bob" })];
    expect(await joinChannel(ann, "presence-room")).toMatchObject({ count: 1, me: { id: "1" } });
    const added = heardOn(ann, "presence-room", "pusher:member_added");
    expect(await joinChannel(bob, "presence-room")).toMatchObject({ count: 2, myID: "2" });
    expect(await added).toEqual({ id: "2", info: { name: "Bob" } });
    const typed = heardOn(ann, "presence-room", "client-typing");
    bob.channel("presence-room").trigger("client-typing", { at: 1 });
    expect(await typed).toEqual({ at: 1 });
    const users = await backEnd().get({ path: "/channels/presence-room/users" });
    expect(await users.json()).toEqual({ users: [{ id: "1" }, { id: "2" }] });
    const removed = heardOn(ann, "presence-room", "pusher:member_removed");
    bob.disconnect();
    expect(await removed).toMatchObject({ id: "2" });
  });

  it("a user who signed in hears what is sent to them, and can be thrown out", async () => {
    const ann = frontEnd({ id: "77", name: "Ann" });
    ann.signin();
    const heard = new Promise((resolve) => ann.user.bind("note", resolve));
    await expect
      .poll(
        async () => {
          const answer = await backEnd().sendToUser("77", "note", { text: "hello" });
          return answer.headers.get("x-switchboard-receivers");
        },
        { timeout: 20_000 },
      )
      .toBe("1");
    expect(await heard).toEqual({ text: "hello" });
    const ended = new Promise((resolve) => ann.connection.bind("disconnected", resolve));
    expect((await backEnd().terminateUserConnections("77")).status).toBe(200);
    await ended;
  });

  it("channels, their counts and batches are as Pusher has them", async () => {
    const ann = frontEnd({ id: "1", name: "Ann" });
    await Promise.all([joinChannel(ann, "one"), joinChannel(ann, "presence-two")]);
    const get = async (path: string, params?: Heard) => {
      const answer = await backEnd().get({ path, ...(params && { params }) });
      return [answer.status, await answer.json()];
    };
    expect(await get("/channels")).toEqual([200, { channels: { one: {}, "presence-two": {} } }]);
    expect(await get("/channels", { filter_by_prefix: "presence-", info: "user_count" })).toEqual([
      200,
      { channels: { "presence-two": { user_count: 1 } } },
    ]);
    expect(await get("/channels/one", { info: "subscription_count" })).toEqual([
      200,
      { occupied: true, subscription_count: 1 },
    ]);
    expect(await get("/channels/none")).toEqual([200, { occupied: false }]);
    const two = heardOn(ann, "one", "b");
    const batch = await backEnd().triggerBatch([
      { channel: "one", name: "a", data: { n: 1 }, info: "subscription_count" },
      { channel: "one", name: "b", data: { n: 2 } },
    ]);
    expect([batch.status, await batch.json()]).toEqual([200, { batch: [{ subscription_count: 1 }, {}] }]);
    expect(await two).toEqual({ n: 2 });
  });

  it("is healthy in Reverb's words, and counts connections for Laravel Pulse", async () => {
    expect(await server.ask("GET", "/up")).toMatchObject({ status: 200, body: { health: "OK" } });
    await joinChannel(frontEnd(), "some");
    const counted = await (await backEnd().get({ path: "/connections" })).json();
    expect((counted as { connections: number }).connections).toBeGreaterThan(0);
  });

  it("what is wrong is refused in words, and never with 200", async () => {
    await expect(backEnd("wrong").trigger("x", "e", {})).rejects.toMatchObject({ status: 401 });
    await expect(backEnd().get({ path: "/channels/x/users" })).rejects.toMatchObject({ status: 400 });
    await expect(backEnd().post({ path: "/events", body: { name: "e" } as never })).rejects.toMatchObject({
      status: 400,
    });
    expect((await server.ask("POST", "/apps/app1/events", {})).status).toBe(401);
    expect((await server.ask("POST", "/apps/other/events", {})).status).toBe(404);
  });

  it("a body that does not say how large it is is cut at the limit, before it is known who sends it", async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent >= 64) return controller.close();
        sent += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    const answer = await fetch(server.url("/apps/app1/events"), { method: "POST", body });
    expect(answer.status).toBe(413);
  });
});

describe("[R39] laravel-echo", () => {
  it("hears an event by its class, on private and presence channels", async () => {
    const echo = openEcho(server.url("/"), app, { id: "5", name: "Eve" });
    closing.push(() => echo.disconnect());
    const heard = new Promise((resolve) => {
      echo.private("crm.42").listen("DealUpdated", resolve);
    });
    const here = await new Promise((resolve) => void echo.join("crm.42").here(resolve));
    expect(here).toEqual([{ name: "Eve" }]);
    await backEnd().trigger(["private-crm.42"], "App\\Events\\DealUpdated", { id: 42 });
    expect(await heard).toEqual({ id: 42 });
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseApiKeys } from "../../apps/server/src/auth/api-keys.ts";
import { Nodes } from "./nodes.ts";

let cluster: Nodes;

beforeAll(async () => {
  cluster = await Nodes.start(3, { presenceGraceMs: 300 });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const poll = { timeout: 30_000 };

describe("three nodes", () => {
  it("[R7] what is published on one is heard on all, and who was sent it is counted where that is asked", async () => {
    const [ann, bob, eve] = await Promise.all(
      [0, 1, 2].map((node) => cluster.welcome(node, { crmIds: ["1"] })),
    );
    const asked = await cluster.ask(0, "POST", "/api/v1/publish", { crmIds: ["1"], data: 1, count: true });
    expect(asked.body["results"]).toMatchObject([{ topic: "crm.1", receivers: 3 }]);
    const unasked = await cluster.ask(1, "POST", "/api/v1/publish", { crmIds: ["1"], data: 2 });
    expect((unasked.body["results"] as object[])[0]).not.toHaveProperty("receivers");
    for (const peer of [ann, bob, eve]) {
      expect(await peer?.next("event")).toMatchObject({ data: 1 });
      expect(await peer?.next("event")).toMatchObject({ data: 2 });
    }
    const nobody = await cluster.ask(2, "POST", "/api/v1/publish", { topic: "nobody", data: 1, count: true });
    expect(nobody.body["results"]).toMatchObject([{ receivers: 0 }]);
    for (const peer of [ann, bob, eve]) peer?.socket.close();
  });

  it("[R7] patterns count too, on whatever node, but nobody twice", async () => {
    const [ann, bob] = await Promise.all([0, 1].map((node) => cluster.welcome(node)));
    for (const peer of [ann, bob]) peer?.say({ type: "subscribe", id: 1, topic: "many.", match: "prefix" });
    bob?.say({ type: "subscribe", id: 2, topic: "many.a" });
    for (const peer of [ann, bob]) await peer?.next("subscribed");
    await bob?.next("subscribed");
    const { body } = await cluster.ask(2, "POST", "/api/v1/publish", {
      topic: "many.a",
      data: 1,
      count: true,
    });
    expect(body["results"]).toMatchObject([{ receivers: 2 }]);
    for (const peer of [ann, bob]) peer?.socket.close();
  });

  it("[R20] acknowledgements find their way to the node of the publish", async () => {
    const peers = await Promise.all([0, 1, 2].map((node) => cluster.welcome(node, { crmIds: ["2"] })));
    const publishing = cluster.ask(0, "POST", "/api/v1/publish", { crmIds: ["2"], data: 1, receipt: 30_000 });
    for (const peer of peers) peer.say({ type: "ack", ack: (await peer.next("event"))["ack"] });
    expect((await publishing).body).toMatchObject({ receipt: { acked: 3, receivers: 3 } });
    for (const peer of peers) peer.socket.close();
  });

  it("[R21] presence knows who is on a topic on any node, and tells who comes and goes", async () => {
    const [ann, bob] = await Promise.all([cluster.welcome(0), cluster.welcome(1, { crmIds: ["3"] })]);
    ann.say({ type: "subscribe", id: 1, topic: "crm.3", presence: true });
    const first = (await ann.next("presence"))["joined"] as { session: string }[];
    expect(first.map(({ session }) => session).toSorted()).toEqual([ann.id, bob.id].toSorted());
    const eve = await cluster.welcome(2, { crmIds: ["3"] });
    expect(await ann.next("presence")).toMatchObject({ joined: [{ session: eve.id }], left: [] });
    bob.socket.close();
    expect(await ann.next("presence")).toMatchObject({ joined: [], left: [{ session: bob.id }] });
    for (const node of [0, 1, 2]) {
      const { body } = await cluster.ask(node, "GET", "/api/v1/topics/crm.3/presence");
      expect(body["sessions"]).toHaveLength(2);
      expect(body).not.toHaveProperty("partial");
    }
    for (const peer of [ann, eve]) peer.socket.close();
  });

  it("[R15] sessions, topics and the status are those of all nodes; any node disconnects any session", async () => {
    const [ann, bob] = await Promise.all(
      [1, 2].map((node) => cluster.welcome(node, { crmIds: ["4"], client: `client ${node}` })),
    );
    expect((await cluster.ask(0, "GET", `/api/v1/sessions/${bob?.id}`)).body).toMatchObject({
      client: "client 2",
      crmIds: ["4"],
    });
    const ids = (
      (await cluster.ask(0, "GET", "/api/v1/sessions")).body["sessions"] as { session: string }[]
    ).map(({ session }) => session);
    expect(ids).toEqual(expect.arrayContaining([ann?.id, bob?.id]));
    expect((await cluster.ask(0, "GET", "/api/v1/topics?prefix=crm.4")).body).toEqual({
      topics: [{ topic: "crm.4", subscribers: 2 }],
    });
    expect((await cluster.ask(0, "GET", "/api/v1/topics/crm.4")).body).toMatchObject({ subscribers: 2 });
    expect((await cluster.ask(2, "GET", "/api/v1/status")).body).toMatchObject({ nodes: 3, engine: "nats" });
    expect((await cluster.ask(0, "DELETE", `/api/v1/sessions/${bob?.id}`)).body).toEqual({
      disconnected: true,
    });
    expect(await bob?.closed).toBe(1001);
    expect((await cluster.ask(0, "DELETE", `/api/v1/sessions/${bob?.id}`)).status).toBe(404);
    ann?.say({ type: "call", id: 1, procedure: "switchboard.sessions" });
    expect(JSON.stringify(await ann?.next("result"))).toContain(String(ann?.id));
    ann?.socket.close();
  });

  it("[R12] any node honours the secret of another, and the old connection is ended wherever it is", async () => {
    const ann = await cluster.welcome(0, { crmIds: ["5"] });
    const again = await cluster.welcome(1, { crmIds: ["5"], resume: ann.resume });
    expect(again.id).toBe(ann.id);
    expect(await ann.closed).toBe(4005);
    const third = await cluster.welcome(2, { crmIds: ["5"], resume: ann.resume });
    expect(third.id).toBe(ann.id);
    expect(await again.closed).toBe(4005);
    const count = async () => (await cluster.ask(0, "GET", "/api/v1/topics/crm.5")).body["subscribers"];
    await expect.poll(count, poll).toBe(1);
    third.socket.close();
  });

  it("[R8] who is meant or left out by a list is so on whatever node", async () => {
    const [ann, bob] = await Promise.all([0, 1].map((node) => cluster.welcome(node, { crmIds: ["6"] })));
    const publish = (more: object) =>
      cluster.ask(2, "POST", "/api/v1/publish", { crmIds: ["6"], count: true, ...more });
    expect((await publish({ data: 1, exclude: [ann?.id] })).body["results"]).toMatchObject([
      { receivers: 1 },
    ]);
    expect((await publish({ data: 2, eligible: [ann?.id] })).body["results"]).toMatchObject([
      { receivers: 1 },
    ]);
    expect(await bob?.next("event")).toMatchObject({ data: 1 });
    expect(await ann?.next("event")).toMatchObject({ data: 2 });
    for (const peer of [ann, bob]) peer?.socket.close();
  });

  it("[R19] a client calls a client of another node; whoever leaves frees the procedure for all", async () => {
    const [ann, bob] = await Promise.all([cluster.welcome(0), cluster.welcome(1)]);
    bob.say({ type: "register", id: 1, procedure: "p" });
    await bob.next("registered");
    ann.say({ type: "register", id: 1, procedure: "p" });
    expect(await ann.next("error")).toMatchObject({ id: 1, code: "procedure_taken" });
    ann.say({ type: "call", id: 2, procedure: "p", data: { x: 1 }, progress: true });
    const { id, data, caller } = await bob.next("invocation");
    expect({ data, caller }).toMatchObject({ data: { x: 1 }, caller: { session: ann.id } });
    bob.say({ type: "yield", id, progress: true, data: "part" });
    bob.say({ type: "yield", id, data: "all" });
    expect(await ann.next("result")).toMatchObject({ id: 2, progress: true, data: "part" });
    expect(await ann.next("result")).toMatchObject({ id: 2, data: "all" });
    ann.say({ type: "call", id: 3, procedure: "p" });
    await bob.next("invocation");
    bob.socket.close();
    expect(await ann.next("error")).toMatchObject({ id: 3, code: "unavailable" });
    const registered = async () => {
      ann.say({ type: "register", id: 4, procedure: "p" });
      await ann.until(() => ann.heard.some(({ id: answered }) => answered === 4));
      return ann.heard.splice(0).at(-1)?.["type"];
    };
    await expect.poll(registered, poll).toBe("registered");
    ann.socket.close();
  });
});

describe("three nodes that ask who connects", () => {
  it("[R26] a ticket is good on any node, and once on all of them together, though it is tried at once", async () => {
    await using asking = await Nodes.start(
      3,
      { apiKeys: parseApiKeys("a-key-for-this-test") },
      { authorization: "Bearer a-key-for-this-test" },
    );
    for (let round = 0; round < 3; round++) {
      const { body } = await asking.ask(round, "POST", "/api/v1/tickets", { crmIds: ["1"] });
      const ticket = String(body["ticket"]);
      const statuses = await Promise.all(
        Array.from({ length: 9 }, async (_, i) => {
          const { status } = await asking.ask(
            i % 3,
            "POST",
            "/api/v1/call",
            { procedure: "p" },
            {
              authorization: `Bearer ${ticket}`,
            },
          );
          return status;
        }),
      );
      // The one that is let in may not call.
      expect(statuses.toSorted((a, b) => a - b)).toEqual([...Array.from({ length: 8 }, () => 401), 403]);
    }
  });
});

import { describe, expect, it } from "vitest";
import { TestNode, type Client } from "../../test/harness.ts";
import type { Frame } from "./frame.ts";
import type { Calls } from "./calls.ts";
import { Dealer } from "./dealer.ts";
import { Refusal } from "./errors.ts";
import { everything } from "./policy.ts";
import { SessionCalls } from "./session-calls.ts";
import { Tally } from "./tally.ts";

/** A node that takes its time to find out who somebody is, until `letIn` is called. */
function slowDoor() {
  let letIn = (): void => {};
  const dayMs = 24 * 60 * 60_000;
  const grant = { ...everything, expiresAt: 1_700_000_000_000 + dayMs };
  const authenticate = () => new Promise<typeof grant>((resolve) => (letIn = () => resolve(grant)));
  return { node: new TestNode({ authenticator: { authenticate } }), letIn: () => letIn() };
}

describe("a session that ends while it is found out who it is", () => {
  it("[R17] follows nothing afterwards: nobody stays in a room, and no timer waits for the end of its token", async () => {
    const { node, letIn } = slowDoor();
    const { awaited } = node.clock;
    const ann = node.open("ann");
    ann.say({ type: "hello", token: "t", crmIds: ["42"] });
    await node.settle();
    ann.cut();
    // No hello is waited for any longer.
    node.clock.advance(10_000);
    letIn();
    await node.settle();
    expect([...node.node.broker.rooms()]).toEqual([]);
    expect(node.clock.awaited).toBe(awaited);
    expect(node.faults).toEqual([]);
  });

  it("[R12] takes no session over from whoever has it", async () => {
    const { node, letIn } = slowDoor();
    const hello = async (name: string, resume?: unknown): Promise<Client> => {
      const client = node.open(name);
      client.say({ type: "hello", token: "t", resume });
      await node.settle();
      return client;
    };
    const ann = await hello("ann");
    letIn();
    await node.settle();
    const [welcome] = ann.take();
    const late = await hello("late", welcome?.["resume"]);
    late.cut();
    letIn();
    await node.settle();
    expect(ann.socket.closed).toBeUndefined();
    expect([...node.node.sessions]).toEqual([ann.session]);
  });
});

describe("a hello that is refused", () => {
  it("[R12] may be said again with the same secret", async () => {
    let refusals = 1;
    const onSubscribe = (): void => {
      if (refusals-- > 0) throw new Refusal("unavailable", "not now");
    };
    const node = new TestNode({ hooks: { onSubscribe } });
    const [ann] = (await node.welcome("ann")) as [Client];
    const resume = node.node.sessions.secretOf(ann.session);
    const { id } = ann.session;
    ann.cut();
    const again = node.open("again");
    again.say({ type: "hello", crmIds: ["1"], resume });
    await node.settle();
    again.say({ type: "hello", crmIds: ["1"], resume });
    await node.settle();
    expect(again.take()).toMatchObject([
      { type: "error", code: "unavailable" },
      { type: "welcome", session: id },
    ]);
    again.cut();
    expect(node.node.sessions.size).toBe(0);
  });
});

describe("a session that ends while the application looks at its frame", () => {
  it.each([
    { type: "subscribe", id: 1, topic: "crm.1" },
    { type: "register", id: 1, procedure: "p" },
    { type: "publish", id: 1, topic: "crm.1", data: 1 },
  ])("[R22] is not heard afterwards: $type", async (said) => {
    let pass = (): void => {};
    const onMessage = (_: unknown, frame: Frame) =>
      String(frame).includes("hello") ? undefined : new Promise<void>((resolve) => (pass = resolve));
    const node = new TestNode({ hooks: { onMessage } });
    const [ann] = (await node.welcome("ann")) as [Client];
    ann.say(said);
    await node.settle();
    ann.cut();
    pass();
    await node.settle();
    expect([...node.node.broker.rooms()]).toEqual([]);
    expect(node.node.registrations.size).toBe(0);
    expect(node.node.broker.published).toBe(0);
  });
});

describe("what the application is asked about", () => {
  it("[R5] a second subscribe that it refuses changes nothing, and nobody stays in the room after the end", async () => {
    let asked = 0;
    const onSubscribe = (): void => {
      if ((asked += 1) > 1) throw new Refusal("forbidden", "not twice");
    };
    const node = new TestNode({ hooks: { onSubscribe } });
    await node.welcome("ann", "bob");
    await node.play(`
      ann > subscribe {"id":1,"topic":"crm.1"}

      ann < subscribed {"id":1}
      ann > subscribe {"id":2,"topic":"crm.1"}

      ann < error {"id":2,"code":"forbidden"}
      bob > publish {"topic":"crm.1","data":1}

      ann < event {"topic":"crm.1"}
      ann > unsubscribe {"id":3,"topic":"crm.1"}

      ann < unsubscribed {"id":3}
    `);
    expect([...node.node.broker.rooms()]).toEqual([]);
  });

  it("[R8] who waits for its word follows nothing yet, not even as one of an audience", async () => {
    const onSubscribe = (_: unknown, topic: string) =>
      topic === "crm.1" ? new Promise<void>(() => {}) : undefined;
    const node = new TestNode({ hooks: { onSubscribe } });
    await node.welcome("ann", "bob");
    await node.play(`
      ann > subscribe {"id":1,"topic":"all"}

      ann < subscribed {"id":1}
      ann > subscribe {"id":2,"topic":"crm.1"}

      bob > publish {"topic":"all","data":1,"onlyCrmIds":["1"]}
      bob > publish {"topic":"all","data":2}

      ann < event {"data":2}
      ann > unsubscribe {"id":3,"topic":"crm.1"}

      ann < unsubscribed {"id":3}
    `);
  });

  it.each(Array.from({ length: 12 }, (_, ticks) => ticks))(
    "[R17] a session that ends %i ticks after it was let in stays nowhere",
    async (ticks) => {
      let letIn = (): void => {};
      const onSubscribe = () => new Promise<void>((resolve) => (letIn = resolve));
      const node = new TestNode({ hooks: { onSubscribe } });
      const [ann] = (await node.welcome("ann")) as [Client];
      ann.say({ type: "subscribe", id: 1, topic: "a" });
      await node.settle();
      letIn();
      for (let i = 0; i < ticks; i++) await Promise.resolve();
      ann.cut();
      await node.settle();
      expect([...node.node.broker.rooms()]).toEqual([]);
    },
  );

  it("[R14] counts among the subscriptions that a session may have", async () => {
    const onSubscribe = () => new Promise<void>(() => {});
    const node = new TestNode({ hooks: { onSubscribe }, limits: { subscriptionsMax: 1 } });
    await node.welcome("ann");
    await node.play(`
      ann > subscribe {"id":1,"topic":"a"}
      ann > subscribe {"id":2,"topic":"b"}

      ann < error {"id":2,"code":"limit_exceeded"}
    `);
  });
});

describe("presence", () => {
  it("[R21] who leaves while its subscribe is answered hears nothing of who is there", async () => {
    const node = new TestNode();
    node.open("ann");
    await node.play(`
      ann > hello {}
      ann > subscribe {"id":1,"topic":"a","presence":true}
      ann > unsubscribe {"id":2,"topic":"a"}

      ann < welcome {}
      ann < unsubscribed {"id":2}
      ann < subscribed {"id":1}
    `);
    await node.welcome("bob");
    await node.play(`
      bob > subscribe {"id":1,"topic":"a"}

      bob < subscribed {"id":1}
    `);
  });
});

describe("the procedures of a session", () => {
  it("[R19] one that is registered anew, while the first try is still under way and fails, ends with the session", async () => {
    const node = new TestNode();
    const { session } = node.open("ann");
    const tries: PromiseWithResolvers<() => void>[] = [];
    const serve = () => (tries[tries.length] = Promise.withResolvers<() => void>()).promise;
    const calls: Calls = { serve, call: () => Promise.reject(new Error("nobody calls")) };
    const { clock, limits, registrations } = node.node;
    const dealer = new Dealer({ calls, clock, tally: new Tally(), report: () => {} }, []);
    const procedures = new SessionCalls({ dealer, limits, clock, registrations }, session.authority, session);
    const taken = new Refusal("procedure_taken", "taken");
    let isServed = true;

    const first = procedures.register("p", "single", () => {});
    const gone = procedures.unregister("p");
    const second = procedures.register("p", "single", () => {});
    tries[0]?.reject(taken);
    await expect(first).rejects.toBe(taken);
    await expect(gone).rejects.toBe(taken);
    tries[1]?.resolve(() => (isServed = false));
    await second;
    expect(registrations.size).toBe(1);
    procedures.end();
    await node.settle();
    expect([registrations.size, isServed]).toEqual([0, false]);
  });
});

describe("news that waits for who reads a history", () => {
  /** Ann hears all of `crm.` by a pattern, and waits for room to be sent the history of crm.1 when `news` comes. */
  async function waiting(last = 10) {
    const node = new TestNode({ limits: { sendBufferBytesMax: 10_000, heldEventsMax: 3 } });
    const [ann, bob] = (await node.welcome("ann", "bob")) as [Client, Client];
    const publish = async (...all: readonly unknown[]) => {
      for (const data of all) bob.say({ type: "publish", topic: "crm.1", data });
      await node.settle();
    };
    await publish(...Array.from({ length: 10 }, (_, i) => `${i}`.padEnd(1_000, "x")));
    ann.say({ type: "subscribe", id: 1, topic: "crm.", match: "prefix" });
    await node.settle();
    ann.socket.stuck = true;
    ann.say({ type: "subscribe", id: 2, topic: "crm.1", last });
    await node.settle();
    await publish("news");
    const read = async () => {
      ann.socket.stuck = false;
      ann.socket.read();
      ann.session.drained();
      await node.settle();
    };
    const heard = () =>
      ann.take().flatMap(({ type, data }) => (type === "event" ? String(data).replaceAll("x", "") : []));
    return { node, ann, publish, read, heard };
  }

  it("[R13] is heard by a pattern where it is not waited for any longer, before what comes later", async () => {
    const { ann, publish, read, heard } = await waiting();
    ann.say({ type: "unsubscribe", id: 3, topic: "crm.1" });
    await publish("later");
    await read();
    const all = heard();
    expect(all.slice(-2)).toEqual(["news", "later"]);
    expect(new Set(all).size).toBe(all.length);
  });

  it("[R13] is heard where the topic is subscribed to anew meanwhile, once", async () => {
    const { ann, publish, read, heard } = await waiting();
    ann.say({ type: "subscribe", id: 3, topic: "crm.1" });
    await publish("later");
    await read();
    const all = heard();
    expect(all.slice(-2)).toEqual(["news", "later"]);
    expect(new Set(all).size).toBe(all.length);
  });

  it("[R13] is heard before the newest that are asked for anew meanwhile, where it is older", async () => {
    const { ann, publish, read, heard } = await waiting();
    await publish("more");
    ann.say({ type: "subscribe", id: 3, topic: "crm.1", last: 1 });
    await publish("later");
    await read();
    expect(heard().slice(-3)).toEqual(["news", "more", "later"]);
  });

  it("[R13] is not skipped where it was too much to be held, and the newest are asked for anew: the session is ended", async () => {
    const { ann, publish, read } = await waiting();
    await publish("1", "2", "3");
    ann.say({ type: "subscribe", id: 3, topic: "crm.1", last: 1 });
    await read();
    expect(ann.socket.closed?.code).toBe(4001);
  });

  it("[R13] is not skipped where it was too much to be held: the session is ended", async () => {
    const { ann, publish, read } = await waiting();
    await publish("1", "2", "3");
    ann.say({ type: "unsubscribe", id: 3, topic: "crm.1" });
    await read();
    expect(ann.socket.closed?.code).toBe(4001);
  });
});

describe("a topic that takes its time to be listened to, in a session that hears it by a pattern", () => {
  it.each([{}, { last: 10 }])("[R13] what comes meanwhile is heard, once: %j", async (history) => {
    const node = new TestNode();
    const listen = node.engine.listen.bind(node.engine);
    let opens = (): void => {};
    const opened = new Promise<void>((resolve) => (opens = resolve));
    node.engine.listen = async (name, match, listener) => {
      if (match === "exact") await opened;
      return listen(name, match, listener);
    };
    const [ann] = (await node.welcome("ann", "bob")) as [Client];
    ann.say({ type: "subscribe", id: 1, topic: "crm.", match: "prefix" });
    await node.settle();
    ann.say({ type: "subscribe", id: 2, topic: "crm.1", ...history });
    await node.settle();
    const publish = async (data: string) => {
      node.client("bob").say({ type: "publish", topic: "crm.1", data });
      await node.settle();
    };
    await publish("news");
    opens();
    await node.settle();
    await publish("later");
    const heard = ann.take().flatMap(({ type, data }) => (type === "event" ? [data] : []));
    expect(heard).toEqual(["news", "later"]);
  });
});

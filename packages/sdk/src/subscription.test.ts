import { describe, expect, it } from "vitest";
import { connected, recorder, until } from "../test/connected.ts";
import type { Peer } from "../test/fake-server.ts";
import { type Event, type Subscription, SwitchboardError } from "./index.ts";
import { bufferedEventsMax } from "./iteration.ts";

const subscribed = `
  > subscribe {"topic":"crm.42"}
  < subscribed {"offset":5}
`;

describe("an event", () => {
  it("carries what was published, its text to the letter, and the record it belongs to", async () => {
    using all = await connected();
    const events: Event[] = [];
    all.client.follow("42", (event) => events.push(event));
    await all.peer.play(subscribed);
    const from = Date.now();
    all.peer.sendText(
      `{"type":"event","topic":"crm.42","name":"deal.updated","offset":6,"time":7,"publication":"x","data":{"id": 12345678901234567890}}`,
    );
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({
      topic: "crm.42",
      name: "deal.updated",
      offset: 6,
      time: 7,
      publication: "x",
      crmId: "42",
      recovered: false,
      text: `{"id": 12345678901234567890}`,
    });
    expect(events[0]?.heard).toBeGreaterThanOrEqual(from);
    expect(events[0]?.heard).toBeLessThanOrEqual(Date.now());
    expect({ ...events[0] }.text).toBe(`{"id": 12345678901234567890}`);
  });

  it("is acknowledged once, after a handler has done its work, where the publisher wants to know", async () => {
    using all = await connected();
    let finish: (() => void) | undefined;
    all.client.follow("42", () => new Promise<void>((resolve) => (finish = resolve)));
    all.client.follow("42", () => Promise.reject(new Error("not handled")));
    await all.peer.play(`${subscribed}
      < event {"offset":6,"ack":"t6"}
    `);
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
    finish?.();
    await all.peer.play(`> ack {"ack":"t6"}`);
    expect(all.peer.isQuiet).toBe(true);
  });
});

describe("a handler that fails", () => {
  it.each([
    [
      "throws",
      (): never => {
        throw new Error("oh");
      },
    ],
    ["rejects", () => Promise.reject(new Error("oh"))],
  ])("(%s) is reported; other handlers and the next event come all the same", async (_, fail) => {
    using all = await connected();
    const { heard, event } = recorder();
    const subscription = all.client.follow("42", fail);
    subscription.on("event", event);
    all.client.follow("42", event);
    await all.peer.play(`${subscribed}
      < event {"offset":6}
      < event {"offset":7}
    `);
    await until(() => heard.length === 4);
    await all.client.ping();
    expect(all.errors).toMatchObject([{ message: "oh" }, { message: "oh" }]);
    expect(subscription.position?.offset).toBe(7);
  });

  it("does not stop anything even where onError throws too", async () => {
    const { error } = console;
    console.error = () => undefined;
    try {
      const throws = (): never => {
        throw new Error("oh");
      };
      using all = await connected({ onError: throws });
      const { heard, event } = recorder();
      all.client.onStatus(throws);
      all.client.follow("42", throws).on("event", event);
      await all.peer.play(`${subscribed}
        < event {"offset":6}
      `);
      await until(() => heard.length === 1);
    } finally {
      console.error = error;
    }
  });
});

describe("several subscriptions to one topic", () => {
  it("are one to the server, and end there with the last", async () => {
    using all = await connected();
    const [one, two] = [recorder(), recorder()];
    const first = all.client.follow("42", one);
    await all.peer.play(`${subscribed}
      < event {"offset":6}
    `);
    await until(() => one.heard.length === 1);
    const second = all.client.subscribe("crm.42", two);
    await expect(second.ready).resolves.toEqual({ epoch: "a", offset: 6 });
    await all.peer.play(`< event {"offset":7}`);
    await until(() => two.heard.length === 1);
    await first.unsubscribe();
    await all.peer.play(`< event {"offset":8}`);
    await until(() => two.heard.length === 2);
    const left = second.unsubscribe();
    await all.peer.play(`
      > unsubscribe {"topic":"crm.42"}
      < unsubscribed
    `);
    await left;
    expect([one.heard, two.heard]).toEqual([["6", "7"].slice(0, 2), ["7", "8"]]);
    expect(all.peer.isQuiet).toBe(true);
  });

  it("may want history each, while the others hear nothing twice", async () => {
    using all = await connected();
    const [one, two] = [recorder(), recorder()];
    all.client.follow("42", one);
    await all.peer.play(`${subscribed}
      < event {"offset":6}
    `);
    await until(() => one.heard.length === 1);
    all.client.subscribe("crm.42", two, { last: 3 });
    await all.peer.play(`
      > subscribe {"topic":"crm.42","last":3}
      < event {"offset":7}
      < subscribed {"offset":7}
      < event {"offset":5}
      < event {"offset":6}
      < event {"offset":7}
      < event {"offset":8}
    `);
    await until(() => two.heard.length === 4);
    expect(one.heard).toEqual(["6", "7", "8"]);
    expect(two.heard).toEqual(["5*", "6*", "7*", "8"]);
  });

  it("begin anew where the last left while another came", async () => {
    using all = await connected();
    const { heard, event } = recorder();
    const first = all.client.follow("42", event);
    await all.peer.play(subscribed);
    await first.ready;
    const left = first.unsubscribe();
    all.client.follow("42", event);
    await all.peer.play(`
      > unsubscribe {"topic":"crm.42"}
      < event {"offset":6}
      < unsubscribed
      > subscribe {"topic":"crm.42"}
      < subscribed {"offset":7}
      < event {"offset":8}
    `);
    await left;
    await until(() => heard.length === 1);
    expect(heard).toEqual(["8"]);
  });

  it("say nothing more where one came and went before the server answered", async () => {
    using all = await connected();
    const first = all.client.follow("42");
    await all.peer.play(`> subscribe {"topic":"crm.42"}`);
    const left = first.unsubscribe();
    const { heard, event } = recorder();
    const second = all.client.follow("42", event);
    await all.peer.play(`
      < subscribed {"offset":5}
      < event {"offset":6}
    `);
    await expect(first.ready).rejects.toMatchObject({ code: "canceled" });
    await second.ready;
    await left;
    await until(() => heard.length === 1);
    expect(all.peer.isQuiet).toBe(true);
  });
});

describe("unsubscribing", () => {
  it("ends everything at the call: handlers, loops, and what is under way", async () => {
    using all = await connected();
    const { heard, event } = recorder();
    const subscription = all.client.follow("42", event);
    const loop = subscription[Symbol.asyncIterator]();
    const next = loop.next();
    await all.peer.play(subscribed);
    await subscription.ready;
    const left = subscription.unsubscribe();
    await all.peer.play(`
      > unsubscribe {"topic":"crm.42"}
      < event {"offset":6}
      < unsubscribed
    `);
    await left;
    await expect(next).resolves.toEqual({ done: true, value: undefined });
    expect(heard).toEqual([]);
  });

  it("from within a handler stops the subscription's other handlers", async () => {
    using all = await connected();
    const { heard, event } = recorder();
    const subscription: Subscription = all.client.follow("42", () => subscription.unsubscribe());
    subscription.on("event", event);
    await all.peer.play(`${subscribed}
      < event {"offset":6}
      > unsubscribe {"topic":"crm.42"}
    `);
    expect(heard).toEqual([]);
  });
});

describe("a refusal", () => {
  async function refuse(peer: Peer) {
    await peer.play(`
      > subscribe {"topic":"crm.42"}
      < error {"code":"forbidden","message":"not yours"}
    `);
  }

  it("rejects ready, calls refused, ends the loops, and the topic may be asked for again", async () => {
    using all = await connected();
    const refusals: SwitchboardError[] = [];
    const subscription = all.client.follow("42", { refused: (error) => refusals.push(error) });
    const next = subscription[Symbol.asyncIterator]().next();
    await refuse(all.peer);
    await expect(subscription.ready).rejects.toMatchObject({ code: "forbidden", message: "not yours" });
    await expect(next).rejects.toBeInstanceOf(SwitchboardError);
    expect(refusals).toHaveLength(1);
    expect(all.errors).toEqual([]);
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
    all.client.follow("42");
    await all.peer.play(subscribed);
  });

  it("is reported where nobody listens for it", async () => {
    using all = await connected();
    all.client.follow("42");
    await refuse(all.peer);
    await until(() => all.errors.length === 1);
    expect(all.errors).toMatchObject([{ code: "forbidden" }]);
  });

  it("of what can be no topic is thrown at once", async () => {
    using all = await connected();
    const { client } = all;
    expect(() => client.follow("4 2")).toThrow("crmId: must be");
    expect(() => client.subscribe("a b")).toThrow("topic: must be");
    expect(() => client.subscribe("a.>.b", {}, { match: "wildcard" })).toThrow(
      "`>` may only be the last level",
    );
    expect(() => client.subscribe("a", {}, { match: "prefix", last: 1 })).toThrow("hear live events only");
    expect(() => client.subscribe("a", {}, { last: 1, since: { epoch: "a", offset: 1 } })).toThrow(
      "not both",
    );
    expect(all.peer.isQuiet).toBe(true);
  });
});

describe("for await", () => {
  it("hears each event, and leaving the loop ends it but not the subscription", async () => {
    using all = await connected();
    const { heard, event } = recorder();
    const subscription = all.client.follow("42", event);
    const offsets: number[] = [];
    const looping = (async () => {
      for await (const { offset } of subscription) if (offsets.push(offset) === 2) break;
    })();
    await all.peer.play(`${subscribed}
      < event {"offset":6}
      < event {"offset":7}
      < event {"offset":8}
    `);
    await looping;
    await until(() => heard.length === 3);
    expect(offsets).toEqual([6, 7]);
  });

  it("throws limit_exceeded at its bound, after what it held", async () => {
    using all = await connected();
    const { heard, event } = recorder();
    const subscription = all.client.follow("42", event);
    const loop = subscription[Symbol.asyncIterator]();
    await all.peer.play(subscribed);
    for (let offset = 6; offset < 6 + bufferedEventsMax + 5; offset++)
      all.peer.send({
        type: "event",
        topic: "crm.42",
        name: "m",
        offset,
        time: 1,
        publication: "p",
        data: 1,
      });
    await until(() => heard.length === bufferedEventsMax + 5);
    for (let i = 0; i < bufferedEventsMax; i++) expect((await loop.next()).value?.offset).toBe(6 + i);
    await expect(loop.next()).rejects.toMatchObject({ code: "limit_exceeded" });
    await expect(loop.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it("ends where the client closes, and throws where the server closes for good", async () => {
    using one = await connected();
    const ends = one.client.follow("42")[Symbol.asyncIterator]().next();
    one.client.close();
    await expect(ends).resolves.toEqual({ done: true, value: undefined });
    using two = await connected();
    const throws = two.client.follow("42")[Symbol.asyncIterator]().next();
    two.peer.close(4503, "go away");
    await expect(throws).rejects.toMatchObject({ code: "closed", message: "go away" });
  });
});

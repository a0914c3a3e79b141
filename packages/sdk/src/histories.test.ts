import { describe, expect, it } from "vitest";
import { connected, recorder, until } from "../test/connected.ts";

/** A client that follows crm.42 from offset 5 on, and was not to hear 6. */
async function following() {
  const all = await connected();
  const { heard, event } = recorder();
  all.client.follow("42", event);
  await all.peer.play(`
    > subscribe {"topic":"crm.42"}
    < subscribed {"offset":5}
  `);
  const subscribe = (last: number) => {
    const reader = recorder();
    all.client.subscribe("crm.42", reader, { last });
    return reader.heard;
  };
  return { ...all, heard, subscribe };
}

describe("several subscriptions to one topic that want different histories", () => {
  it("come to rest, where the newest event is not for this session", async () => {
    using all = await following();
    const [two, three] = [all.subscribe(2), all.subscribe(3)];
    await all.peer.play(`
      > subscribe {"topic":"crm.42","last":2}
      < subscribed {"offset":6}
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":5}}
      < subscribed {"offset":6,"recovered":true}
      > subscribe {"topic":"crm.42","last":3}
      < subscribed {"offset":6}
    `);
    await all.client.ping();
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
    await all.peer.play(`< event {"offset":7}`);
    await until(() => [all.heard, two, three].every(({ length }) => length === 1));
    expect([all.heard, two, three]).toEqual([["7"], ["7"], ["7"]]);
  });

  it("come to rest, where one of them has lost some events for good", async () => {
    using all = await following();
    const two = all.subscribe(2);
    await all.peer.play(`
      > subscribe {"topic":"crm.42","last":2}
      < subscribed {"offset":6}
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":5}}
      < subscribed {"offset":6,"recovered":false}
    `);
    await all.client.ping();
    expect(all.peer.isQuiet).toBe(true);
    await all.peer.play(`< event {"offset":7}`);
    await until(() => all.heard.length === 1 && two.length === 1);
  });

  it("do not break off each other's history", async () => {
    using all = await following();
    const [two, three] = [all.subscribe(2), all.subscribe(3)];
    all.peer.answersPings = false;
    await all.peer.play(`
      > subscribe {"topic":"crm.42","last":2}
      < event {"offset":8}
      < subscribed {"offset":8}
      < event {"offset":7}
    `);
    await until(() => two.length === 1);
    await Bun.sleep(20);
    expect(all.peer.isQuiet).toBe(true);
    await all.peer.play(`
      < event {"offset":8}
      > subscribe {"topic":"crm.42","last":3}
      < subscribed {"offset":8}
      < event {"offset":5}
      < event {"offset":7}
      < event {"offset":8}
    `);
    await until(() => three.length === 3);
    expect([all.heard, two, three]).toEqual([["8"], ["7*", "8*"], ["5*", "7*", "8*"]]);
  });

  it("wait for a history no longer than for whom it is", async () => {
    using all = await following();
    const first = all.client.subscribe("crm.42", () => undefined, { last: 2 });
    const three = all.subscribe(3);
    all.peer.answersPings = false;
    await all.peer.play(`
      > subscribe {"topic":"crm.42","last":2}
      < subscribed {"offset":5}
    `);
    await first.ready;
    await first.unsubscribe();
    await all.peer.play(`
      > subscribe {"topic":"crm.42","last":3}
      < subscribed {"offset":5}
      < event {"offset":5}
    `);
    await until(() => three.length === 1);
  });

  it("ask on, though the pong that tells of the history's end is late", async () => {
    using all = await connected({ requestTimeoutMs: 1_000 });
    all.client.subscribe("crm.42", () => undefined, { last: 2 });
    all.client.subscribe("crm.42", () => undefined, { last: 3 });
    all.peer.answersPings = false;
    await all.peer.play(`
      > subscribe {"topic":"crm.42","last":2}
      < subscribed {"offset":6}
    `);
    const { pings } = all.peer;
    await until(() => all.peer.pings > pings);
    const late = all.peer.pings;
    await until(() => all.peer.pings > late);
    all.peer.answersPings = true;
    await all.peer.play(`> subscribe {"topic":"crm.42","last":3}`);
  });
});

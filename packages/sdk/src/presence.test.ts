import { describe, expect, it } from "vitest";
import { connected, until } from "../test/connected.ts";
import { Attendance } from "./attendance.ts";
import type { Presence } from "./index.ts";

/** Keeps what was told: who is there, who came, who left. */
function listener() {
  const told: string[] = [];
  const names = (all: Presence["present"]) => all.map(({ session }) => session).join(",");
  const presence = ({ present, joined, left }: Presence) => {
    told.push(`${names(present)} +${names(joined)} -${names(left)}`);
  };
  return { told, presence };
}
const who = (session: string, subject?: string) => ({ session, ...(subject !== undefined && { subject }) });

describe("presence", () => {
  it("[R21] tells first who is there, then who comes and goes", async () => {
    using all = await connected();
    const { told, presence } = listener();
    const heard: Presence[] = [];
    const subscription = all.client.subscribe("a", { presence }, { presence: true });
    subscription.on("presence", (one) => heard.push(one));
    await all.peer.play(`
      > subscribe {"topic":"a","presence":true}
      < subscribed {"topic":"a","offset":0}
      < presence {"topic":"a","joined":[{"session":"s1","subject":"ann"},{"session":"s2","subject":"ann"}],"left":[]}
      < presence {"topic":"a","joined":[{"session":"s1"},{"session":"s3"}],"left":[{"session":"s2"},{"session":"s9"}]}
      < presence {"topic":"b","joined":[{"session":"s4"}],"left":[]}
    `);
    await all.client.ping();
    expect(told).toEqual(["s1,s2 +s1,s2 -", "s1,s3 +s3 -s2"]);
    expect(heard[0]?.subjects).toEqual(["ann"]);
  });

  it("an outage is none: only what has changed meanwhile is told", async () => {
    using all = await connected();
    const { told, presence } = listener();
    all.client.follow("42", { presence });
    await all.peer.play(`
      > subscribe {"topic":"crm.42","presence":true}
      < subscribed {"offset":0}
      < presence {"topic":"crm.42","joined":[{"session":"s1"},{"session":"s2"}],"left":[]}
    `);
    await all.client.ping();
    all.peer.cut();
    const next = await all.server.accept();
    await next.next();
    await next.play(`
      < welcome
      > subscribe {"topic":"crm.42","since":{"epoch":"a","offset":0},"presence":true}
      < subscribed {"offset":0,"recovered":true}
      < presence {"topic":"crm.42","joined":[{"session":"s2"},{"session":"s3"}],"left":[]}
      < presence {"topic":"crm.42","joined":[],"left":[{"session":"s2"}]}
    `);
    await until(() => told.length === 3);
    expect(told).toEqual(["s1,s2 +s1,s2 -", "s1,s2,s3 +s3 -", "s1,s3 + -s2"]);
  });

  it("whoever asks later is told who is there, too, and others are not told again", async () => {
    using all = await connected();
    const [plain, first, second] = [listener(), listener(), listener()];
    all.client.subscribe("a", () => undefined).on("presence", plain.presence);
    await all.peer.play(`
      > subscribe {"topic":"a"}
      < subscribed {"topic":"a","offset":5}
    `);
    const subscription = all.client.subscribe("a", { presence: first.presence });
    await all.peer.play(`
      > subscribe {"topic":"a","presence":true}
      < subscribed {"topic":"a","offset":5}
      < presence {"topic":"a","joined":[{"session":"s1"}],"left":[]}
    `);
    await subscription.ready;
    await until(() => first.told.length === 1);
    all.client.subscribe("a", { presence: second.presence });
    expect(second.told).toEqual([]);
    await until(() => second.told.length === 1);
    all.peer.send({ type: "presence", topic: "a", joined: [who("s2")], left: [] });
    await all.client.ping();
    expect(first.told).toEqual(["s1 +s1 -", "s1,s2 +s2 -"]);
    expect(second.told).toEqual(first.told);
    expect(plain.told).toEqual([]);
    expect(all.peer.isQuiet).toBe(true);
  });

  it("once nobody wants to know, it is forgotten, and asked for anew", async () => {
    using all = await connected();
    const { told, presence } = listener();
    const subscription = all.client.subscribe("a", { presence });
    all.client.subscribe("a");
    await all.peer.play(`
      > subscribe {"topic":"a","presence":true}
      < subscribed {"topic":"a","offset":0}
      < presence {"topic":"a","joined":[{"session":"s1"}],"left":[]}
    `);
    await until(() => told.length === 1);
    await subscription.unsubscribe();
    all.client.subscribe("a", { presence });
    await all.peer.play(`
      > subscribe {"topic":"a","presence":true}
      < subscribed {"topic":"a","offset":0}
      < presence {"topic":"a","joined":[{"session":"s2"}],"left":[]}
    `);
    await until(() => told.length === 2);
    expect(told).toEqual(["s1 +s1 -", "s2 +s2 -"]);
  });

  it("is not for patterns", async () => {
    using all = await connected();
    expect(() => all.client.subscribe("a.", {}, { match: "prefix", presence: true })).toThrow(/^presence: /);
  });
});

describe("who is missing after an outage", () => {
  it("[R21] may be on its way back: has left only after a while", async () => {
    const { told, presence } = listener();
    const attendance = new Attendance("a", presence, 30);
    attendance.awaitList();
    attendance.receive({ joined: [who("s1"), who("s2"), who("s3")], left: [] });
    attendance.lost();
    attendance.awaitList();
    attendance.receive({ joined: [who("s1")], left: [] });
    attendance.receive({ joined: [who("s2")], left: [] });
    expect(told).toEqual(["s1,s2,s3 +s1,s2,s3 -", "s1,s2,s3 + -"]);
    await until(() => told.length === 3);
    expect(told[2]).toBe("s1,s2 + -s3");
    attendance.end();
  });

  it("is not given up during the next outage", async () => {
    const { told, presence } = listener();
    const attendance = new Attendance("a", presence, 20);
    attendance.awaitList();
    attendance.receive({ joined: [who("s1"), who("s2")], left: [] });
    attendance.awaitList();
    attendance.receive({ joined: [who("s1")], left: [] });
    attendance.lost();
    await Bun.sleep(40);
    attendance.awaitList();
    attendance.receive({ joined: [who("s1"), who("s2")], left: [] });
    await Bun.sleep(40);
    expect(told).toEqual(["s1,s2 +s1,s2 -", "s1,s2 + -", "s1,s2 + -"]);
  });
});

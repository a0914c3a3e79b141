import { describe, expect, it } from "vitest";
import { TestNode } from "../../test/harness.ts";
import type { Watcher } from "./watchers.ts";

/** A node, and what its watcher hears: `entered crm.42 ann first`. */
function watched() {
  const node = new TestNode();
  const heard: string[] = [];
  const names = (id: string) => ["ann", "bob"].find((name) => node.client(name).session.id === id) ?? id;
  const watcher: Watcher = {
    joined: ({ id }) => heard.push(`joined ${names(id)}`),
    left: ({ id }) => heard.push(`left ${names(id)}`),
    entered: ({ topic, match }, { id }, isFirst) =>
      heard.push(`entered ${match} ${topic} ${names(id)}${isFirst ? " first" : ""}`),
    exited: ({ topic, match }, { id }, isLast) =>
      heard.push(`exited ${match} ${topic} ${names(id)}${isLast ? " last" : ""}`),
    registered: ({ procedure, policy }, { id }, isFirst) =>
      heard.push(`registered ${policy} ${procedure} ${names(id)}${isFirst ? " first" : ""}`),
    unregistered: ({ procedure }, { id }, isLast) =>
      heard.push(`unregistered ${procedure} ${names(id)}${isLast ? " last" : ""}`),
  };
  node.node.watchers.add(watcher);
  return { node, take: () => heard.splice(0) };
}

describe("watchers", () => {
  it("hear who is welcomed and who goes, with all that goes with it", async () => {
    const { node, take } = watched();
    const ann = node.open("ann");
    await node.settle();
    expect(take()).toEqual([]);
    ann.say({ type: "hello", crmIds: ["42"] });
    await node.settle();
    node.open("bob").cut();
    expect(take()).toEqual(["entered exact crm.42 ann first", "joined ann"]);
    expect([...node.node.sessions.joined]).toEqual([ann.session]);
    ann.cut();
    expect(take()).toEqual(["exited exact crm.42 ann last", "left ann"]);
    expect([...node.node.sessions.joined]).toEqual([]);
  });

  it("hear each subscription once, however often it is made", async () => {
    const { node, take } = watched();
    await node.welcome("ann", "bob");
    take();
    for (const name of ["ann", "bob", "ann"]) node.client(name).say({ type: "subscribe", id: 1, topic: "a" });
    node.client("ann").say({ type: "subscribe", id: 2, topic: "a", match: "prefix" });
    await node.settle();
    for (const name of ["ann", "bob", "bob"])
      node.client(name).say({ type: "unsubscribe", id: 3, topic: "a" });
    await node.settle();
    expect(take()).toEqual([
      "entered exact a ann first",
      "entered exact a bob",
      "entered prefix a ann first",
      "exited exact a ann",
      "exited exact a bob last",
    ]);
  });

  it("hear of registrations, and that they end with their session", async () => {
    const { node, take } = watched();
    await node.welcome("ann", "bob");
    take();
    for (const name of ["ann", "bob"])
      node.client(name).say({ type: "register", id: 1, procedure: "p", invoke: "roundrobin" });
    node.client("ann").say({ type: "register", id: 2, procedure: "p" });
    await node.settle();
    node.client("ann").say({ type: "unregister", id: 3, procedure: "p" });
    await node.settle();
    expect(take()).toEqual([
      "registered roundrobin p ann first",
      "registered roundrobin p bob",
      "unregistered p ann",
    ]);
    const [{ callees } = { callees: new Set() }] = node.node.registrations;
    expect([...callees]).toEqual([node.client("bob").session]);
    node.client("bob").cut();
    expect(take()).toEqual(["unregistered p bob last", "left bob"]);
    expect([...node.node.registrations]).toEqual([]);
  });

  it("that fail are reported, and harm nobody", async () => {
    const { node, take } = watched();
    node.node.watchers.add({
      joined: () => {
        throw new Error("a fault of the watcher");
      },
    });
    await node.welcome("ann");
    expect(take()).toEqual(["joined ann"]);
    expect(node.faults).toMatchObject([{ message: "a fault of the watcher" }]);
  });
});

describe("what the server announces", () => {
  it("[R1] is heard by those who subscribe to just that, and not by who subscribes to everything", async () => {
    const node = new TestNode();
    const [ann, bob] = await node.welcome("ann", "bob");
    let asked = 0;
    const announce = () =>
      node.node.announce("switchboard.news", () => ({ publication: "p1", data: String((asked += 1)) }));
    announce();
    expect(asked).toBe(0);
    ann?.say({ type: "subscribe", id: 1, topic: "switchboard.news" });
    ann?.say({ type: "subscribe", id: 2, topic: "switchboard.>", match: "wildcard" });
    bob?.say({ type: "subscribe", id: 1, topic: ">", match: "wildcard" });
    await node.settle();
    for (const client of [ann, bob]) client?.take();
    announce();
    await node.settle();
    expect(ann?.take()).toMatchObject([{ type: "event", topic: "switchboard.news", data: 1 }]);
    expect(bob?.take()).toEqual([]);
  });
});

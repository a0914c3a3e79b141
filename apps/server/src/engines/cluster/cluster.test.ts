import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/manual-clock.ts";
import { MemoryNetwork } from "../../../test/memory-network.ts";
import type { Cluster } from "./cluster.ts";

const turn = () => new Promise(setImmediate);

describe("nodes that know each other", () => {
  it("[R37] hear in order what others tell, to all or to one, however large", async () => {
    const network = new MemoryNetwork();
    const [a, b, c] = (await network.nodes(3, new ManualClock())) as [Cluster, Cluster, Cluster];
    const heard: unknown[] = [];
    for (const [name, node] of Object.entries({ a, b, c }))
      node.hear("news", (told: string, from) => heard.push([name, told.length, from === a.self]));
    a.tell("news", "😀".repeat(2_000));
    a.tell("news", "x", b.self);
    a.tell("news", "yy");
    await turn();
    expect(heard.filter((one) => (one as string[])[0] === "b")).toEqual([
      ["b", 4_000, true],
      ["b", 1, true],
      ["b", 2, true],
    ]);
    expect(heard).toHaveLength(5);
  });

  it("[R37] answer questions, at once or later; one that never does makes the whole partial", async () => {
    const clock = new ManualClock();
    const [a, b, c] = (await new MemoryNetwork().nodes(3, clock)) as [Cluster, Cluster, Cluster];
    b.answer("double", (asked: number) => asked * 2);
    c.answer("double", async (asked: number) => asked * 2);
    const heard: number[] = [];
    expect(await a.ask("double", 21, (answer: number) => heard.push(answer))).toBe(true);
    expect(heard).toEqual([42, 42]);
    c.answer("double", () => new Promise(() => {}));
    const asking = a.ask("double", 4, (answer: number) => heard.push(answer));
    await turn();
    for (let ms = 0; ms < 2_000; ms += 100) {
      clock.advance(100);
      await turn();
    }
    expect(await asking).toBe(false);
    expect(heard).toEqual([42, 42, 8]);
  });

  it("[R37] lose one that is silent for longer than its lease, and find it again", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const [a, b] = (await network.nodes(2, clock)) as [Cluster, Cluster];
    const news: string[] = [];
    a.watch({ lost: () => news.push("lost"), found: () => news.push("found") });
    network.loses = (from) => from === b.self;
    for (let ms = 0; ms < 1_500; ms += 100) {
      clock.advance(100);
      await turn();
    }
    expect(news).toEqual(["found"]);
    for (let ms = 0; ms < 200; ms += 100) {
      clock.advance(100);
      await turn();
    }
    expect(news).toEqual(["found", "lost"]);
    network.loses = () => false;
    clock.advance(500);
    await turn();
    expect(news).toEqual(["found", "lost", "found"]);
    expect([...a.others]).toEqual([b.self]);
  });

  it("[R37] are lost to each other, and found again, where anything that one told is lost, even the last", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const [a, b] = (await network.nodes(2, clock)) as [Cluster, Cluster];
    const news: string[] = [];
    a.watch({ lost: () => news.push("a lost"), found: () => news.push("a found") });
    b.watch({ lost: () => news.push("b lost"), found: () => news.push("b found") });
    for (const only of [undefined, b.self]) {
      news.length = 0;
      network.loses = (_from, to, text) => to === b.self && text.includes('["news"');
      a.tell("news", "the last thing that it says", only);
      await turn();
      network.loses = () => false;
      expect(news).toEqual([]);
      clock.advance(500);
      await turn();
      expect(news.toSorted()).toEqual(["a found", "a lost", "b found", "b lost"]);
    }
  });

  it("[R37] do not hear what comes after something that was lost, before they know", async () => {
    const network = new MemoryNetwork();
    const [a, b] = (await network.nodes(2, new ManualClock())) as [Cluster, Cluster];
    const heard: string[] = [];
    b.hear("news", (told: string) => heard.push(told));
    b.watch({ lost: () => heard.push("lost") });
    a.tell("news", "first");
    await turn();
    network.loses = (_from, _to, text) => text.includes("second");
    a.tell("news", "second");
    a.tell("news", "third");
    await turn();
    expect(heard).toEqual(["first", "lost"]);
  });

  it("[R37] notice when a wire breaks, and begin anew when it is mended", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const [a, b] = (await network.nodes(2, clock)) as [Cluster, Cluster];
    const news: string[] = [];
    b.watch({ lost: () => news.push("lost"), found: () => news.push("found") });
    network.carry(a.self, false);
    expect([...a.others]).toEqual([]);
    expect(await a.ask("anything", 1, () => {})).toBe(false);
    network.carry(a.self, true);
    await turn();
    expect(news).toEqual(["found", "lost", "found"]);
    expect([...a.others]).toEqual([b.self]);
  });

  it("[R37] find each other, and then are quiet, after all were lost to all at once", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const nodes = await network.nodes(4, clock);
    // What is sent in this time arrives after it.
    for (let ms = 0; ms < 5_000; ms += 100) clock.advance(100);
    await turn();
    expect(nodes.map(({ others }) => others.size)).toEqual([3, 3, 3, 3]);
    const texts = network.texts;
    clock.advance(500);
    await turn();
    expect(network.texts - texts).toBe(4);
  });

  it("[R37] do not drown each other in signs of life where a tenth of all texts is lost, and find each other after it", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const nodes = await network.nodes(8, clock);
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(100);
        for (let i = 0; i < 3; i++) await turn();
      }
    };
    let sent = 0;
    const before = network.texts;
    // What is too much by far is no longer carried, or the test would not end.
    network.loses = () => (sent += 1) % 10 === 0 || network.texts - before > 100_000;
    await pass(5_000);
    expect(network.texts - before).toBeLessThan(8 * 8 * 5 * 12);
    expect(sent).toBeGreaterThan(1_000);
    network.loses = () => false;
    await pass(2_000);
    expect(nodes.map(({ others }) => others.size)).toEqual(nodes.map(() => 7));
  });

  it("[R37] do not take each other for heard, where one found the other, but could not be heard yet", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const [a, b] = (await network.nodes(2, clock)) as [Cluster, Cluster];
    const heard: string[] = [];
    b.hear("state", (state: string) => heard.push(state));
    a.watch({ found: (node) => a.tell("state", "how it is here", node) });
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(100);
        await turn();
      }
    };
    await pass(500);
    expect(heard).toHaveLength(1);
    // B loses A, and says so; A finds B again, but what it tells is lost.
    network.loses = (from) => from === a.self;
    await pass(3_000);
    expect([a.others.size, b.others.size, heard.length]).toEqual([1, 0, 1]);
    network.loses = () => false;
    await pass(1_000);
    expect([a.others.size, b.others.size, heard.length]).toEqual([1, 1, 2]);
  });

  it("[R37] take leave, so that nobody waits for their lease", async () => {
    const [a, b] = (await new MemoryNetwork().nodes(2, new ManualClock())) as [Cluster, Cluster];
    b[Symbol.dispose]();
    await turn();
    expect([...a.others]).toEqual([]);
  });

  it("[R37] do not take their own load for the death of others", async () => {
    const clock = new ManualClock();
    const [a, b] = (await new MemoryNetwork().nodes(2, clock)) as [Cluster, Cluster];
    const lost: string[] = [];
    a.watch({ lost: (node) => lost.push(node) });
    // Nothing runs for so long, and then all timers at once.
    const at = clock.now();
    clock.now = () => at + 10_000;
    clock.advance(100);
    expect(lost).toEqual([]);
    expect([...a.others]).toEqual([b.self]);
  });

  it("[R37] tell that they live, and notice who does not, though their clocks were set back by an hour", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const [a, b] = (await network.nodes(2, clock)) as [Cluster, Cluster];
    const lost: string[] = [];
    a.watch({ lost: (node) => lost.push(node) });
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        clock.advance(100);
        await turn();
      }
    };
    const now = clock.now.bind(clock);
    clock.now = () => now() - 3_600_000;
    const texts = network.texts;
    await pass(5_000);
    expect(network.texts - texts).toBeGreaterThanOrEqual(2 * 9);
    expect(lost).toEqual([]);
    network.kill(b.self);
    const again = clock.now.bind(clock);
    clock.now = () => again() - 3_600_000;
    await pass(3_000);
    expect(lost).toEqual([b.self]);
  });

  it("[R37] do not stumble over what is no message", async () => {
    const network = new MemoryNetwork();
    const [a, b] = (await network.nodes(2, new ManualClock())) as [Cluster, Cluster];
    for (const text of ["", "x", "a all 1 end\n{", `${b.self} all 3 end\n`, `${b.self} one 99 more\n[`])
      a.read(text);
    await turn();
    expect([...a.others]).toEqual([b.self]);
  });
});

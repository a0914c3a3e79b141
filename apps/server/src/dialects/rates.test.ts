import { describe, expect, it } from "vitest";
import { TestNode } from "../../test/harness.ts";
import { hello, wamp2Json } from "../../test/wamp2.ts";
import type { Dialect } from "../core/dialect.ts";
import { native } from "./native/native.ts";
import { wamp1 } from "./wamp1/wamp1.ts";

interface Language {
  readonly dialect: Dialect;
  readonly opening: readonly string[];
  readonly publish: (id: number) => string;
  readonly call: (id: number) => string;
}

const languages: Readonly<Record<string, Language>> = {
  native: {
    dialect: native,
    opening: ['{"type":"hello"}'],
    publish: (id) => JSON.stringify({ type: "publish", id, topic: "a", data: id }),
    call: (id) => JSON.stringify({ type: "call", id, procedure: "nobody" }),
  },
  "WAMP v1": {
    dialect: wamp1("spec"),
    opening: [],
    publish: (id) => JSON.stringify([7, "a", id]),
    call: (id) => JSON.stringify([2, `c${id}`, "nobody"]),
  },
  "WAMP v2": {
    dialect: wamp2Json,
    opening: [hello],
    publish: (id) => JSON.stringify([16, id, { acknowledge: true }, "a", [id]]),
    call: (id) => JSON.stringify([48, id, {}, "nobody"]),
  },
};

describe.each(Object.entries(languages))("[R36] in %s", (_, { dialect, opening, publish, call }) => {
  async function opened(limits: object) {
    const node = new TestNode({ dialect, limits });
    const [ann, listener] = [node.open("ann"), node.open("listener", [], native)];
    for (const frame of opening) ann.say(frame);
    listener.say({ type: "hello" });
    listener.say({ type: "subscribe", id: 1, topic: "a" });
    await node.settle();
    for (const client of [ann, listener]) client.take();
    return { node, ann, listener };
  }
  const countOf = (texts: readonly string[]) => texts.filter((text) => text.includes("rate_limited")).length;

  it("frames that come too soon are refused and not heard, calls in words; who goes on is ended", async () => {
    const { node, ann, listener } = await opened({ framesPerSecondMax: 20 });
    const left = 20 - opening.length;
    for (let id = 1; id <= left; id++) ann.say(publish(id));
    for (let id = left + 1; id <= left + 20; id++) ann.say(call(id));
    ann.say(publish(left + 21));
    await node.settle();
    expect(countOf(ann.socket.texts)).toBe(20);
    expect(ann.session.ended).toBe(true);
    expect(listener.take().length).toBe(left);
  });

  it("publishes and calls have rates of their own", async () => {
    const { node, ann, listener } = await opened({ publishesPerSecondMax: 5, callsPerSecondMax: 2 });
    for (let id = 1; id <= 8; id++) ann.say(publish(id));
    for (let id = 9; id <= 12; id++) ann.say(call(id));
    await node.settle();
    expect(listener.take().length).toBe(5);
    const refused = countOf(ann.socket.texts) + countOf(node.unsaid);
    expect(refused).toBe(3 + 2);
    expect(ann.session.ended).toBe(false);
  });
});

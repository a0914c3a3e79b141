import { expect } from "vitest";
import { jsonCodec } from "../src/dialects/wamp2/json-codec.ts";
import { wamp2 } from "../src/dialects/wamp2/wamp2.ts";
import { TestNode, type TestNodeOptions } from "./harness.ts";

/** The dialect that conversations are played in. */
export const wamp2Json = wamp2(jsonCodec);

/** HELLO of a client that can do all. */
export const hello =
  '[1,"realm1",{"roles":{"publisher":{},"subscriber":{},"caller":{},"callee":{"features":{"call_canceling":true}}}}]';

/** A node whose clients speak WAMP v2, with these that have joined. */
export async function joined(names: readonly string[], options: TestNodeOptions = {}): Promise<TestNode> {
  const node = new TestNode({ dialect: wamp2Json, ...options });
  await join(node, ...names);
  return node;
}

/** These join, too. */
export async function join(node: TestNode, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    node.open(name, [], wamp2Json).say(hello);
    await node.settle();
    expect(node.client(name).take()).toMatchObject([[2, Number(node.client(name).session.id), {}]]);
  }
}

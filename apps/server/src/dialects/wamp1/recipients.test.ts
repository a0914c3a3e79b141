import { describe, expect, it } from "vitest";
import { TestNode } from "../../../test/harness.ts";
import { wamp1 } from "./wamp1.ts";

/** Ann publishes, bob and eve listen, and so does she; who hears it, with these for the fourth and the fifth element. */
async function hearers(exclude: string | undefined, eligible: string | undefined): Promise<string> {
  const node = new TestNode({ dialect: wamp1("spec") });
  const names = ["ann", "bob", "eve"];
  for (const name of names) node.open(name).say('[5,"t"]');
  await node.settle();
  for (const name of names) node.client(name).take();
  const rest = [exclude, eligible].filter((part) => part !== undefined).join(",");
  const named = rest.replaceAll(/@(\w+)/g, (_, name: string) => node.client(name).session.id);
  node.client("ann").say(`[7,"t",1${named === "" ? "" : `,${named}`}]`);
  await node.settle();
  expect(node.faults).toEqual([]);
  return names.filter((name) => node.client(name).take().length > 0).join(" ");
}

/** What the fourth element excludes. */
const excludes: readonly (readonly [string, string])[] = [
  ["false", ""],
  ["null", ""],
  ["0", ""],
  ["0.0", ""],
  ["-0", ""],
  ['""', ""],
  ['"0"', ""],
  ["[]", ""],
  ["{}", ""],
  ["true", "ann"],
  ["1", "ann"],
  ["-1", "ann"],
  ["0.5", "ann"],
  ['"x"', "ann"],
  ['"false"', "ann"],
  ['"0.0"', "ann"],
  ['["@ann"]', "ann"],
  ['["@bob"]', "bob"],
  ['["@ann","@bob"]', "ann bob"],
  ['["@ann","@bob","@eve"]', "ann bob eve"],
  ['["nobody",5,null,["@ann"]]', ""],
  ['{"a":"@bob"}', "bob"],
];

/** Whom the fifth element allows. */
const eligibles: readonly (readonly [string | undefined, string])[] = [
  [undefined, "ann bob eve"],
  ["null", "ann bob eve"],
  ["[]", "ann bob eve"],
  ["{}", "ann bob eve"],
  ['["@ann"]', "ann"],
  ['["@bob"]', "bob"],
  ['["@ann","@bob"]', "ann bob"],
  ['["@ann","@bob","@eve"]', "ann bob eve"],
  ['["nobody"]', ""],
  ["[5,null]", ""],
  ['["nobody","@eve"]', "eve"],
  ['{"a":"@bob"}', "bob"],
];

describe("exclude and eligible", () => {
  it("[R32] a plain publish reaches everybody, the publisher too", async () => {
    expect(await hearers(undefined, undefined)).toBe("ann bob eve");
  });

  it.each(excludes)("[R32] excluded by %s: %j, whoever is eligible", async (exclude, excluded) => {
    for (const [eligible, allowed] of eligibles) {
      const expected = allowed.split(" ").filter((name) => !excluded.split(" ").includes(name));
      expect(await hearers(exclude, eligible), `${exclude}, ${eligible}`).toBe(expected.join(" "));
    }
  });

  it("[R32] a list of more than 1,000 is refused, and nobody hears it", async () => {
    const many = JSON.stringify(Array.from({ length: 1_001 }, (_, i) => `s${i}`));
    expect(await hearers(many, undefined)).toBe("");
    expect(await hearers("null", many)).toBe("");
  });
});

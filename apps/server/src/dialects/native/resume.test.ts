import { describe, expect, it } from "vitest";
import { TestNode } from "../../../test/harness.ts";

describe("resume", () => {
  const secretOf = (welcome: unknown) => (welcome as { resume: string }).resume;

  async function welcomed(node: TestNode, name: string, hello: object = {}) {
    const client = node.open(name);
    client.say({ type: "hello", ...hello });
    await node.settle();
    return { client, secret: secretOf(client.take()[0]), id: client.session.id };
  }

  it("[R12] a new connection takes up the id of one that ended within 2 minutes", async () => {
    const node = new TestNode();
    const ann = await welcomed(node, "ann");
    ann.client.cut();
    node.clock.advance(120_000);
    const again = await welcomed(node, "again", { resume: ann.secret });
    expect(again.id).toBe(ann.id);
    expect(node.node.sessions.get(ann.id)).toBe(again.client.session);
    expect(node.node.sessions.size).toBe(1);
  });

  it("[R12] after 2 minutes it gets a new id", async () => {
    const node = new TestNode();
    const ann = await welcomed(node, "ann");
    ann.client.cut();
    node.clock.advance(120_001);
    expect((await welcomed(node, "again", { resume: ann.secret })).id).not.toBe(ann.id);
  });

  it("[R12] the old connection, if it still lives, is ended, and its end does not end the new one", async () => {
    const node = new TestNode();
    const ann = await welcomed(node, "ann", { crmIds: ["42"] });
    const again = await welcomed(node, "again", { resume: ann.secret, crmIds: ["42"] });
    await node.play("ann < close 4005");
    ann.client.cut();
    expect(again.id).toBe(ann.id);
    expect(node.node.broker.subscribers("crm.42")).toBe(1);
    expect(node.node.sessions.size).toBe(1);
  });

  it("[R12] each welcome has a secret of its own, and all of them stand for the session", async () => {
    const node = new TestNode();
    const ann = await welcomed(node, "ann");
    node.clock.advance(1);
    const second = await welcomed(node, "second", { resume: ann.secret });
    expect(second.secret).not.toBe(ann.secret);
    second.client.cut();
    expect((await welcomed(node, "third", { resume: ann.secret })).id).toBe(ann.id);
  });

  it.each([
    ["empty", () => ""],
    ["the session's id", (_: string, id: string) => id],
    ["with another signature", (secret: string) => `${secret.slice(0, -4)}AAAA`],
    [
      "with another id",
      (secret: string, id: string) =>
        secret.replace(
          id,
          id.replace(/./, (c) => (c === "a" ? "b" : "a")),
        ),
    ],
    ["with more behind it", (secret: string) => `${secret}A`],
    ["without a signature", (secret: string) => secret.slice(0, secret.lastIndexOf("."))],
    ["with a later date", (secret: string) => secret.replace(/\.([^.]+)(\.[^.]+)$/, ".zzzzzzzz$2")],
  ])("[R12] a secret that is forged (%s) gives a new id", async (_, forge) => {
    const node = new TestNode();
    const ann = await welcomed(node, "ann");
    const other = await welcomed(node, "other", { resume: forge(ann.secret, ann.id) });
    expect(other.id).not.toBe(ann.id);
    expect(ann.client.session.ended).toBe(false);
  });

  it("[R12] the secret does not give the id of a session away to one who only knows the id of another", async () => {
    const node = new TestNode();
    const [ann, bob] = [await welcomed(node, "ann"), await welcomed(node, "bob")];
    const swapped = ann.secret.replace(ann.id, bob.id);
    expect((await welcomed(node, "mallory", { resume: swapped })).id).not.toBe(bob.id);
  });

  it("[R12][R8] lists that name the session mean the one that resumed it", async () => {
    const node = new TestNode();
    const ann = await welcomed(node, "ann", { crmIds: ["42"] });
    await welcomed(node, "bob");
    ann.client.cut();
    await welcomed(node, "again", { resume: ann.secret, crmIds: ["42"] });
    await node.play(`
      bob > publish {"crmIds":["42"],"data":1,"exclude":["${ann.id}"]}
      bob > publish {"crmIds":["42"],"data":2,"eligible":["${ann.id}"]}
      again < event {"data":2}
    `);
  });
});

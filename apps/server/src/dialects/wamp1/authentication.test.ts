import { createHmac, pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TestNode, type Client } from "../../../test/harness.ts";
import { Refusal } from "../../core/errors.ts";
import type { Limits } from "../../core/limits.ts";
import { everything, type Grant } from "../../core/policy.ts";
import { wamp1 } from "./wamp1.ts";

const [authreq, auth] = ["http://api.wamp.ws/procedure#authreq", "http://api.wamp.ws/procedure#auth"];
const salted = { salt: "pepper", iterations: 100, keylen: 32 };
const derived = pbkdf2Sync("password", "pepper", 100, 32, "sha256").toString("base64");
const grant: Grant = {
  ...everything,
  subject: "anna",
  role: "agent",
  crmIds: ["42"],
  patterns: { publish: ["crm.42"], call: ["p"] },
};
const principals = new Map([
  ["anna", { secret: "annas-secret", iterations: 1_000, keylen: 32, grant }],
  ["salted", { secret: derived, ...salted, grant }],
]);

/** Ann has been welcomed, and has shown nothing yet. */
async function asking(crmIds: readonly string[] = [], limits: Partial<Limits> = {}) {
  const authenticate = async (): Promise<Grant> => {
    throw new Refusal("unauthenticated", "token: there is no such key or token");
  };
  const node = new TestNode({ dialect: wamp1("spec", principals), authenticator: { authenticate }, limits });
  const ann = node.open("ann", crmIds);
  await node.settle();
  return { node, ann };
}

/** Asks for a challenge, and signs it. */
async function sign(node: TestNode, ann: Client, name: string, secret: string) {
  ann.say(JSON.stringify([2, "1", authreq, name, null]));
  await node.settle();
  const [answer] = ann.take() as unknown as (readonly [number, string, string])[];
  const challenge = answer?.[2] ?? "";
  return { challenge, signature: createHmac("sha256", secret).update(challenge).digest("base64") };
}

describe("WAMP-CRA", () => {
  it("[R32] whoever signs the challenge may do what is granted, and hears the crmIds of the URL from then on", async () => {
    const { node, ann } = await asking(["42"]);
    const joined: string[] = [];
    node.node.watchers.add({ joined: ({ id }) => joined.push(id) });
    await node.play(`
      ann < [0,"@ann",1,"…"]
      ann > [7,"crm.42",1]
      ann > [2,"0","p"]
      ann < [4,"0","http://api.wamp.ws/error#unauthenticated","…"]
    `);
    expect([ann.session.crmIds, joined, [...node.node.sessions.joined]]).toEqual([[], [], []]);
    const { challenge, signature } = await sign(node, ann, "anna", "annas-secret");
    const told = JSON.parse(challenge) as Readonly<Record<string, unknown>>;
    expect(told).toMatchObject({ authkey: "anna", sessionid: ann.session.id });
    expect(told["authextra"]).toEqual({});
    await node.play(`
      ann > [2,"2","${auth}","${signature}"]
      ann < [3,"2",{"authid":"anna","role":"agent","crmIds":["42"],"permissions":{"publish":["crm.42"]}}]
      ann > [7,"crm.42",2]
      ann < [8,"crm.42",2]
      ann > [7,"crm.43",3]
      ann > [2,"3","${auth}","${signature}"]
      ann < [4,"3","http://api.wamp.ws/error#forbidden","…"]
    `);
    expect([ann.session.subject, joined]).toEqual(["anna", [ann.session.id]]);
    node.clock.advance(20_000);
    expect(ann.socket.closed).toBeUndefined();
  });

  it("[R32] a salted secret is told with its salt", async () => {
    const { node, ann } = await asking();
    ann.take();
    const { challenge, signature } = await sign(node, ann, "salted", derived);
    expect((JSON.parse(challenge) as { authextra: object }).authextra).toEqual(salted);
    await node.play(`
      ann > [2,"2","${auth}","${signature}"]
      ann < [3,"2",{"authid":"anna"}]
    `);
  });

  it("[R36] a wrong signature counts as a failed login: who guesses on waits, with a right one too, and the log says so", async () => {
    const { node, ann } = await asking([], { failedLoginsPerMinuteMax: 2 });
    ann.take();
    const guess = async (name: string) => {
      const client = node.open(name);
      await node.settle();
      client.take();
      const { signature } = await sign(node, client, "anna", "x");
      client.say(JSON.stringify([2, "2", auth, signature]));
      await node.settle();
      client.take();
      return client.socket.closed?.code;
    };
    const { signature } = await sign(node, ann, "anna", "annas-secret");
    expect([await guess("bob"), await guess("eve")]).toEqual([4501, 4501]);
    await node.play(`
      ann > [2,"2","${auth}","${signature}"]
      ann < [4,"2","http://api.wamp.ws/error#rate_limited","too many logins from this address have failed","…"]
      ann < close 1006
    `);
    expect(ann.session.ended).toBe(true);
    expect(node.refused.map(({ why }) => why)).toEqual([
      "the signature is wrong",
      "the signature is wrong",
      "too many logins from this address have failed",
    ]);
  });

  it("[R32] what is said right after the signature is heard", async () => {
    const { node, ann } = await asking();
    ann.take();
    const { signature } = await sign(node, ann, "anna", "annas-secret");
    ann.say(JSON.stringify([2, "2", auth, signature]));
    ann.say('[5,"crm.42"]');
    await node.settle();
    expect(ann.session.crmIds).toEqual(["42"]);
  });

  it.each([
    [
      "a wrong signature",
      async (node: TestNode, ann: Client) => (await sign(node, ann, "anna", "x")).signature,
    ],
    ["none", async (node: TestNode, ann: Client) => void (await sign(node, ann, "anna", "x"))],
    ["one without a challenge", async () => "x"],
    [
      "that of an earlier challenge",
      async (node: TestNode, ann: Client) => {
        const { signature } = await sign(node, ann, "anna", "annas-secret");
        await sign(node, ann, "anna", "annas-secret");
        return signature;
      },
    ],
  ])("[R32] %s is refused, and ends the connection", async (_, given) => {
    const { node, ann } = await asking();
    ann.take();
    const signature = await given(node, ann);
    await node.play(`
      ann > [2,"2","${auth}",${JSON.stringify(signature ?? null)}]
      ann < [4,"2","http://api.wamp.ws/error#unauthenticated","…"]
      ann < close 4501
    `);
  });

  it("[R32] of many guesses in one breath only the first is heard", async () => {
    const { node, ann } = await asking();
    ann.take();
    const { signature } = await sign(node, ann, "anna", "annas-secret");
    await node.play(`
      ann > [2,"2","${auth}","wrong"]
      ann > [2,"3","${auth}","${signature}"]
      ann < [4,"2","http://api.wamp.ws/error#unauthenticated","…"]
      ann < close 4501
    `);
    expect(ann.session.authority.grant).toBeUndefined();
  });

  it.each(['"nobody"', "null", "7", '["anna"]'])("[R32] so does a name such as %s", async (name) => {
    const { node } = await asking();
    await node.play(`
      ann < [0,"@ann",1,"…"]
      ann > [2,"1","${authreq}",${name}]
      ann < [4,"1","http://api.wamp.ws/error#unauthenticated","…"]
      ann < close 4501
    `);
  });

  it("[R32] a crmId that is not granted ends the connection (4503)", async () => {
    const { node, ann } = await asking(["43"]);
    ann.take();
    const { signature } = await sign(node, ann, "anna", "annas-secret");
    await node.play(`
      ann > [2,"2","${auth}","${signature}"]
      ann < close 4503
    `);
  });

  it("[R32] nothing shown within 10 s ends it, too", async () => {
    const { node } = await asking();
    await node.play('ann < [0,"@ann",1,"…"]');
    node.clock.advance(10_000);
    await node.play("ann < close 4501");
  });

  it("[R32] where it is not served, the connection ends before WELCOME; where nobody is asked, there is no such procedure", async () => {
    const without = new TestNode({
      dialect: wamp1("spec"),
      authenticator: { authenticate: async () => grant },
    });
    without.open("ann");
    await without.play("ann < close 4501");
    const open = new TestNode({ dialect: wamp1("spec", principals) });
    open.open("ann");
    await open.play(`
      ann < [0,"@ann",1,"…"]
      ann > [2,"1","${authreq}","anna"]
      ann < [4,"1","http://api.wamp.ws/error#no_such_procedure","…"]
    `);
  });
});

import { createHmac, pbkdf2Sync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TestNode } from "../../../test/harness.ts";
import type { Authenticator } from "../../core/authenticator.ts";
import { Refusal } from "../../core/errors.ts";
import { everything, type Grant } from "../../core/policy.ts";
import type { Principal } from "../principals.ts";
import { jsonCodec } from "./json-codec.ts";
import { wamp2 } from "./wamp2.ts";

const ann: Grant = { ...everything, subject: "ann", role: "staff" };

const authenticator: Authenticator = {
  async authenticate(token) {
    if (token === "fault") throw new Error("a fault of ours");
    if (token === "key") return { ...everything, role: undefined };
    if (token !== "secret of ann") throw new Refusal("unauthenticated", "token: is not valid");
    return ann;
  },
};

const key = pbkdf2Sync("password", "salt", 100, 16, "sha256").toString("base64");
const principals = new Map<string, Principal>([
  ["bob", { secret: "secret of bob", grant: { ...everything, subject: "bob", role: "guest" } }],
  [
    "eve",
    { secret: key, salt: "salt", iterations: 100, keylen: 16, grant: { ...everything, subject: "eve" } },
  ],
]);

const hello = (details: object) =>
  JSON.stringify([1, "realm1", { roles: { caller: {}, subscriber: {} }, ...details }]);

function asking(options: object = { principals }) {
  return new TestNode({ dialect: wamp2(jsonCodec, options), authenticator });
}

describe("ticket authentication", () => {
  it("[R31] a token, a key or a ticket as the ticket; WELCOME says who it is", async () => {
    const node = asking();
    const client = node.open("ann");
    await node.play(`
      ann > ${hello({ authmethods: ["scram", "ticket"], authid: "ann" })}
      ann < [4,"ticket",{}]
      ann > [5,"secret of ann",{}]
      ann < [2,"…",{"realm":"realm1","authid":"ann","authrole":"staff","authmethod":"ticket","authprovider":"switchboard"}]
      ann > [32,1,{},"crm.42"]
      ann < [33,1,1]
    `);
    expect(client.session).toMatchObject({ subject: "ann", role: "staff" });
    expect([...node.node.sessions.joined]).toEqual([client.session]);
  });

  it("[R31] who has no subject is known by its session, and who has no role by none", async () => {
    const node = asking();
    const client = node.open("ann");
    await node.play(
      `
      ann > ${hello({ authmethods: ["ticket"], authid: "back end" })}
      ann < [4,"ticket",{}]
      ann > [5,"key"]
    `.replace(`[5,"key"]`, `[5,"key"]\n      ann < [2,"…",{"authid":"${client.session.id}"}]`),
    );
    const welcome = JSON.parse(client.socket.texts.at(-1) ?? "[]") as [number, number, object];
    expect(welcome[2]).not.toHaveProperty("authrole");
  });

  it.each([
    ["a wrong ticket", '[5,"made up",{}]', "authentication_failed", "token: is not valid"],
    ["no text", "[5,42,{}]", "protocol_violation", "AUTHENTICATE.Signature must be a string"],
    ["HELLO again", hello({}), "protocol_violation", "HELLO was said already"],
    ["a request", '[32,1,{},"crm.42"]', "protocol_violation", "a session begins with HELLO"],
  ])("[R31] %s ends it", async (_, said, uri, message) => {
    const node = asking();
    node.open("ann");
    await node.play(`
      ann > ${hello({ authmethods: ["ticket"] })}
      ann < [4,"ticket",{}]
      ann > ${said}
      ann > [32,1,{},"crm.42"]
      ann < [3,{"message":"${message}"},"wamp.error.${uri}"]
      ann < close ${uri === "protocol_violation" ? 1002 : 4503}
    `);
    expect([...node.node.sessions.joined]).toEqual([]);
  });

  it("[R31] the ticket of somebody else is refused, and so is AUTHENTICATE without a CHALLENGE", async () => {
    const node = asking();
    node.open("ann");
    node.open("bob");
    await node.play(`
      ann > ${hello({ authmethods: ["ticket"], authid: "bob" })}
      ann < [4,"ticket",{}]
      ann > [5,"secret of ann",{}]
      ann < [3,{"message":"authid: the ticket is somebody else's"},"wamp.error.authentication_failed"]
      ann < close 4503
      bob > [5,"secret of ann",{}]
      bob < [3,{"message":"AUTHENTICATE answers a CHALLENGE"},"wamp.error.protocol_violation"]
      bob < close 1002
    `);
  });

  it("[R31] no answer within 10 s ends it, and a fault of ours is reported", async () => {
    const node = asking();
    node.open("ann");
    node.open("bob");
    await node.play(`
      ann > ${hello({ authmethods: ["ticket"] })}
      ann < [4,"ticket",{}]
      bob > ${hello({ authmethods: ["ticket"] })}
      bob < [4,"ticket",{}]
      bob > [5,"fault",{}]
      bob < close 1011
    `);
    expect(node.faults).toMatchObject([{ message: "a fault of ours" }]);
    node.clock.advance(10_000);
    await node.play(`
      ann < [3,{"message":"…"},"wamp.error.authentication_failed"]
      ann < close 4503
    `);
  });

  it.each([
    [{}, "authentication_required"],
    [{ authmethods: [] }, "authentication_required"],
    [{ authmethods: ["anonymous", "cryptosign"] }, "no_matching_auth_method"],
    [{ authmethods: ["wampcra"], authid: "nobody" }, "no_such_principal"],
    [{ authmethods: ["wampcra"] }, "authentication_failed"],
  ])("[R31] %j is %s", async (details, uri) => {
    const node = asking();
    node.open("ann");
    await node.play(`
      ann > ${hello(details)}
      ann < [3,{"message":"…"},"wamp.error.${uri}"]
      ann < close 4503
    `);
  });

  it("[R31] where nobody asks, everybody is anonymous, whatever it offers", async () => {
    const node = new TestNode({ dialect: wamp2(jsonCodec) });
    node.open("ann");
    await node.play(`
      ann > ${hello({ authmethods: ["ticket"], authid: "boss" })}
      ann < [2,"…",{"authrole":"anonymous","authmethod":"anonymous"}]
    `);
    expect(node.client("ann").session.subject).toBeUndefined();
  });
});

describe("WAMP-CRA", () => {
  /** Says HELLO, and answers the challenge with what `sign` makes of it. */
  async function answered(
    authid: string,
    sign: (challenge: string, extra: Record<string, unknown>) => string,
  ) {
    const node = asking();
    const client = node.open("ann");
    client.say(hello({ authmethods: ["wampcra"], authid }));
    await node.settle();
    const [[code, method, extra]] = client.take() as unknown as [[number, string, Record<string, unknown>]];
    expect([code, method]).toEqual([4, "wampcra"]);
    client.say(JSON.stringify([5, sign(extra["challenge"] as string, extra), {}]));
    await node.settle();
    return { node, client, extra, heard: client.take() };
  }

  const hmac = (secret: string) => (challenge: string) =>
    createHmac("sha256", secret).update(challenge).digest("base64");

  it("[R31] the right signature is welcome, with the user's role and rights", async () => {
    const { client, extra, heard } = await answered("bob", hmac("secret of bob"));
    expect(heard).toMatchObject([[2, {}, { authid: "bob", authrole: "guest", authmethod: "wampcra" }]]);
    expect(client.session).toMatchObject({ subject: "bob", role: "guest" });
    expect(Object.keys(extra)).toEqual(["challenge"]);
    expect(JSON.parse(extra["challenge"] as string)).toMatchObject({
      authid: "bob",
      authrole: "guest",
      authmethod: "wampcra",
      session: Number(client.session.id),
      nonce: expect.stringMatching(/^.{20,}$/) as unknown,
    });
  });

  it("[R31] a salted secret is what PBKDF2 makes of the password", async () => {
    const { heard, extra } = await answered("eve", (challenge, { salt, iterations, keylen }) => {
      const derived = pbkdf2Sync(
        "password",
        salt as string,
        iterations as number,
        keylen as number,
        "sha256",
      );
      return hmac(derived.toString("base64"))(challenge);
    });
    expect(extra).toMatchObject({ salt: "salt", iterations: 100, keylen: 16 });
    expect(heard).toMatchObject([[2, {}, { authid: "eve" }]]);
  });

  it.each([
    ["another's secret", hmac("secret of eve")],
    ["a signature of something else", () => hmac("secret of bob")("another challenge")],
    ["nothing", () => ""],
    ["half of it", (challenge: string) => hmac("secret of bob")(challenge).slice(0, 20)],
  ])("[R31] %s is refused", async (_, sign) => {
    const { heard, client } = await answered("bob", sign);
    expect(heard).toMatchObject([
      [3, { message: "the signature is wrong" }, "wamp.error.authentication_failed"],
      { type: "close", code: 4503 },
    ]);
    expect(client.session.authority.grant).toBeUndefined();
  });

  it("[R31] a challenge is never the same", async () => {
    const all = await Promise.all([1, 2, 3].map(() => answered("bob", hmac("secret of bob"))));
    expect(new Set(all.map(({ extra }) => extra["challenge"])).size).toBe(3);
  });

  it("[R31] it is not served where there are no users", async () => {
    const node = asking({});
    node.open("ann");
    await node.play(`
      ann > ${hello({ authmethods: ["wampcra"], authid: "bob" })}
      ann < [3,{"message":"authmethods: ticket are served here"},"wamp.error.no_matching_auth_method"]
      ann < close 4503
    `);
  });
});

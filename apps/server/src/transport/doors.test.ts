import { SignJWT } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import type { Peer } from "../../test/peer.ts";
import { RealServer } from "../../test/real-server.ts";
import { parseApiKeys } from "../auth/api-keys.ts";

const jwtSecret = "0123456789abcdef0123456789abcdef";
const keys = {
  all: "key-that-may-do-everything",
  publisher: "key-that-may-publish-to-crm",
  reader: "key-that-may-only-read",
  caller: "key-that-may-call-anything",
};
const apiKeys = parseApiKeys(
  `${keys.all},${keys.publisher}=publish:crm.*,${keys.reader}=read,${keys.caller}=call`,
);
/** An application whose sessions are tokens: it says of a cookie what its claims are. */
const application = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const [, claims] = (request.headers.get("cookie") ?? "").split(".");
    return new Response(Buffer.from(claims ?? "", "base64url"), { status: claims === undefined ? 401 : 200 });
  },
});
afterAll(() => application.stop(true));
const server = new RealServer({ apiKeys, jwtSecret, authUrl: application.url.href });

const tokenOf = (claims: object, seconds = 3_600, subject = "anna") =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(subject)
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(new TextEncoder().encode(jwtSecret));

describe("HTTP", () => {
  const crm = { crmIds: ["42"], data: 1 };
  const doors: readonly (readonly [method: string, path: string, body: unknown])[] = [
    ["POST", "/api/v1/publish", crm],
    ["POST", "/api/v1/publish", { topic: "orders.1", data: 1 }],
    ["POST", "/api/v1/call", { procedure: "nobody.answers" }],
    ["POST", "/api/v1/call", { procedure: "switchboard.topics" }],
    ["POST", "/api/v1/call", { procedure: "switchboard.disconnect", data: { session: "none" } }],
    ["GET", "/api/v1/topics", undefined],
    ["GET", "/api/v1/topics/crm.42", undefined],
    ["GET", "/api/v1/topics/crm.42/history", undefined],
    ["GET", "/api/v1/topics/crm.42/presence", undefined],
    ["GET", "/api/v1/sessions", undefined],
    ["GET", "/api/v1/sessions/none", undefined],
    ["DELETE", "/api/v1/sessions/none", undefined],
    ["GET", "/api/v1/status", undefined],
    ["GET", "/api/v1/contract.json", undefined],
    ["GET", "/api/v1/openapi.json", undefined],
  ];
  // Behind a door that opens, what is not there is 404: that is no refusal.
  const opened: Record<keyof typeof keys, readonly number[]> = {
    all: [200, 200, 404, 200, 200, 200, 200, 200, 200, 200, 404, 404, 200, 200, 200],
    publisher: [200, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200],
    reader: [403, 403, 403, 200, 403, 200, 200, 200, 200, 200, 404, 403, 200, 200, 200],
    caller: [403, 403, 404, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 200, 200],
  };

  for (const [i, [method, path, body]] of doors.entries()) {
    const named = `${method} ${path} ${JSON.stringify(body) ?? ""}`;
    it(`[R24] ${named}: 401 without a key, or with one that is none`, async () => {
      const wrong: Record<string, string>[] = [
        {},
        { authorization: "Bearer nope" },
        { authorization: `Basic ${keys.all}` },
      ];
      for (const headers of wrong) {
        const answer = await server.ask(method, path, body, headers);
        expect([answer.status, answer.body]).toMatchObject([401, { error: { code: "unauthenticated" } }]);
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
    });

    for (const name of Object.keys(keys) as (keyof typeof keys)[])
      it(`[R25] ${named}: the ${name}'s key gets ${opened[name][i]}`, async () => {
        const authorization = `Bearer ${keys[name]}`;
        const { status } = await server.ask(method, path, body, { authorization });
        expect(status).toBe(opened[name][i] as number);
      });
  }

  it("[R24] health and the pages ask for nothing", async () => {
    for (const path of ["/healthz", "/readyz"]) expect((await server.ask("GET", path)).status).toBe(200);
    expect((await server.ask("GET", "/websocketclient")).status).not.toBe(401);
  });

  it("[R25] in a batch, each publication is refused by itself", async () => {
    const publications = [crm, { topic: "orders.1", data: 1 }];
    const headers = { authorization: `Bearer ${keys.publisher}` };
    const { body } = await server.ask("POST", "/api/v1/publish/batch", { publications }, headers);
    expect(body["results"]).toMatchObject([
      { results: [{ topic: "crm.42" }] },
      { error: { code: "forbidden" } },
    ]);
  });
});

describe("sockets", () => {
  const claims = { crmIds: ["42"], permissions: { publish: ["crm.42"], call: ["nobody.>"] } };

  /** Says hello with what a token grants where a door lets it: in the hello, in the subprotocols, in a header, by the application. */
  const waysIn: readonly (readonly [string, (token: string) => Peer])[] = [
    ["hello", () => server.open()],
    ["subprotocol", (token) => server.open("/ws", { protocols: ["switchboard.1", `bearer.${token}`] })],
    ["only subprotocol", (token) => server.open("/ws", { protocols: [`bearer.${token}`] })],
    ["header", (token) => server.open("/ws", { headers: { authorization: `Bearer ${token}` } })],
    ["answer of the application", (token) => server.open("/ws", { headers: { cookie: `session=${token}` } })],
  ];

  for (const [way, open] of waysIn) {
    it(`[R24] a grant in the ${way} opens what it grants, and nothing else`, async () => {
      const token = await tokenOf(claims);
      const peer = open(token);
      await peer.opened;
      peer.say({ type: "hello", ...(way === "hello" && { token }) });
      expect(await peer.next("welcome")).toMatchObject({
        subject: "anna",
        expires: expect.any(Number) as number,
      });
      const asked: readonly (readonly [object, string])[] = [
        [{ type: "subscribe", topic: "crm.42" }, "subscribed"],
        [{ type: "subscribe", topic: "crm.43" }, "forbidden"],
        [{ type: "subscribe", topic: "crm.*", match: "wildcard" }, "forbidden"],
        [{ type: "publish", crmIds: ["42"], data: 1 }, "published"],
        [{ type: "publish", crmIds: ["42", "43"], data: 1 }, "forbidden"],
        [{ type: "call", procedure: "nobody.answers" }, "no_such_procedure"],
        [{ type: "call", procedure: "switchboard.sessions" }, "forbidden"],
        [{ type: "register", procedure: "nobody.answers" }, "forbidden"],
      ];
      for (const [i, [frame, expected]] of asked.entries()) {
        peer.say({ ...frame, id: i + 1 });
        await peer.until(() => peer.heard.some(({ id }) => id === i + 1));
        const answer = peer.heard.find(({ id }) => id === i + 1);
        expect([answer?.["type"], answer?.["code"]]).toContain(expected);
      }
    });
  }

  it("[R24] without a token the hello ends the connection (4501); with a wrong one too, or before the upgrade", async () => {
    for (const hello of [{ type: "hello" }, { type: "hello", token: "a.b.c" }]) {
      const peer = server.open();
      await peer.opened;
      peer.say(hello);
      expect(await peer.closed).toBe(4501);
    }
    const refused = server.open("/ws?crmId=42", { protocols: ["switchboard.1", "bearer.nope"] });
    await expect(refused.opened).rejects.toThrow();
    const { status } = await server.ask("GET", "/ws", undefined, {
      upgrade: "websocket",
      authorization: "Bearer nope",
    });
    expect(status).toBe(401);
  });

  it("[R3] crmIds in the URL that the token does not allow end the connection (4503) at once, and without one (4501)", async () => {
    const token = await tokenOf(claims);
    for (const path of ["/ws?crmId=43", "/ws?crmId=42,43"]) {
      const peer = server.open(path, { headers: { authorization: `Bearer ${token}` } });
      expect(await peer.closed).toBe(4503);
      expect(peer.heard).toEqual([]);
    }
    const nobody = server.open("/ws?crmId=42");
    expect(await nobody.closed).toBe(4501);
    // Said in a frame, it is an error, and something else may be asked for.
    const asking = server.open("/ws", { headers: { authorization: `Bearer ${token}` } });
    await asking.opened;
    asking.say({ type: "hello", crmIds: ["42", "43"] });
    expect(await asking.next("error")).toMatchObject({ code: "forbidden" });
    asking.say({ type: "hello", crmIds: ["42"] });
    expect(await asking.next("welcome")).toMatchObject({ crmIds: ["42"] });
  });

  it("[R24] a token's end ends the session (4003), unless a newer one came", async () => {
    const [old, kept] = [server.open(), server.open()];
    for (const peer of [old, kept]) {
      await peer.opened;
      peer.say({ type: "hello", token: await tokenOf(claims, 4) });
      await peer.next("welcome");
    }
    kept.say({ type: "refresh", id: 1, token: await tokenOf(claims, 3_600, "eve") });
    expect(await kept.next("error")).toMatchObject({ id: 1, code: "forbidden" });
    kept.say({ type: "refresh", id: 2, token: await tokenOf(claims) });
    expect(await kept.next("refreshed")).toMatchObject({ id: 2 });
    expect(await old.closed).toBe(4003);
    expect(kept.ended).toBeUndefined();
  });

  it("[R12] a session that is somebody's is resumed by nobody else, whether it lives or has ended", async () => {
    const hello = async (subject: string, more: object = {}) => {
      const peer = server.open();
      await peer.opened;
      peer.say({ type: "hello", token: await tokenOf(claims, 60, subject), ...more });
      return { peer, ...(await peer.next("welcome")) } as { peer: Peer; session: string; resume: string };
    };
    const anna = await hello("anna");
    const eve = await hello("eve", { resume: anna.resume });
    expect(eve.session).not.toBe(anna.session);
    anna.peer.say({ type: "ping", id: 1 });
    await anna.peer.next("pong");
    anna.peer.socket.close();
    await anna.peer.closed;
    expect((await hello("eve", { resume: anna.resume })).session).not.toBe(anna.session);
    expect((await hello("anna", { resume: anna.resume })).session).toBe(anna.session);
  });
});

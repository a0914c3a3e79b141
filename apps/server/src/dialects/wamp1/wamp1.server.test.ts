import { createHmac } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Peer } from "../../../test/peer.ts";
import { RealServer } from "../../../test/real-server.ts";
import { connectWamp1, type Wamp1Client } from "../../../test/wamp1-client.ts";
import { parseApiKeys } from "../../auth/api-keys.ts";
import { grantFrom } from "../../auth/claims.ts";

const server = new RealServer();
const key = "key-of-the-application";
const guarded = new RealServer({ apiKeys: parseApiKeys(`${key}=subscribe:crm.*+publish:crm.42+tickets`) });
const granted = { crmIds: ["42"], permissions: { publish: ["crm.42"] }, role: "agent" };
const unsalted = { salt: undefined, iterations: 1_000, keylen: 32 };
const anna = { secret: "annas-secret", ...unsalted, grant: grantFrom(granted, "anna", undefined) };
const challenging = new RealServer({ wampcraUsers: new Map([["anna", anna]]) });
const joining = new RealServer({ wamp1Curie: "auto" });

async function opened(peer: Peer): Promise<Peer & { readonly session: string }> {
  await peer.until(() => peer.heard.length > 0);
  const [welcome] = peer.heard.splice(0) as unknown as (readonly unknown[])[];
  expect(welcome).toEqual([0, expect.any(String), 1, expect.stringMatching(/^switchboard\/\d/)]);
  return Object.assign(peer, { session: welcome?.[1] as string });
}

const wamp = (path = "/", of = server) => opened(of.open(path, { protocols: ["wamp"] }));
const say = (peer: Peer, message: readonly unknown[]) => peer.say(JSON.stringify(message));

/** All that the peer hears of what was said: a call shows that it was read, and a request over HTTP that a turn has ended since. */
async function heardBy(peer: Peer, of = server): Promise<unknown[]> {
  for (const mark of ["read", "heard"]) {
    say(peer, [2, mark, "nobody"]);
    await peer.until(() => peer.heard.some((one) => isAnswer(one, mark)));
    await of.ask("GET", "/readyz");
  }
  return peer.heard.splice(0).filter((one) => !["read", "heard"].some((mark) => isAnswer(one, mark)));
}

function isAnswer(message: unknown, id: string): boolean {
  return (message as readonly unknown[])[1] === id;
}

afterEach(async () => {
  expect((await server.ask("GET", "/readyz")).status).toBe(200);
});

describe("connecting", () => {
  it.each(["/", "/ws", "/cockpit", "/cockpit/live?x=1", "/index.php"])(
    "[R32] Ratchet's clients connect at a path of their own, such as %s",
    async (path) => {
      await wamp(path);
    },
  );

  it("[R32] the subprotocol is `wamp`, and the first that is spoken is chosen", async () => {
    const peer = server.open("/cockpit", { protocols: ["foo", "wamp", "switchboard.1"] });
    await opened(peer);
    expect(peer.socket.protocol).toBe("wamp");
  });

  it.each([[["switchboard.1"]], [["WAMP"]], [[]]])(
    "[R2] nobody else connects anywhere: %j",
    async (protocols) => {
      await expect(server.open("/cockpit", { protocols }).opened).rejects.toThrow();
    },
  );

  it("[R2] what has an address of its own keeps it", async () => {
    await expect(server.open("/api/v1/status", { protocols: ["wamp"] }).opened).rejects.toThrow();
    await expect(server.open("/websocketclient", { protocols: ["wamp"] }).opened).rejects.toThrow();
    expect((await server.ask("GET", "/cockpit")).status).toBe(404);
  });

  it("[R32] the crmIds of the URL are followed", async () => {
    const peer = await wamp("/cockpit?crmId=at,path&crmId=43");
    for (const crmId of ["at", "path", "43", "44"])
      await server.ask("POST", "/api/v1/publish", { crmIds: [crmId], data: crmId });
    expect(await heardBy(peer)).toEqual([
      [8, "crm.at", "at"],
      [8, "crm.path", "path"],
      [8, "crm.43", "43"],
    ]);
  });

  it("[R32] CURIEs are joined as SWITCHBOARD_WAMP1_CURIE says", async () => {
    const peer = await wamp("/", joining);
    for (const message of [
      [1, "p", "http://x"],
      [5, "http://x#a"],
      [7, "p:a", 1],
    ])
      say(peer, message);
    expect(await heardBy(peer, joining)).toEqual([[8, "http://x#a", 1]]);
  });
});

describe("ending", () => {
  it.each(["nonsense", "[8]", '{"type":"hello"}', '[1,"realm1",{"roles":{}}]', '[5,["t"]]'])(
    "[R32] %s ends the connection (1007); a message in the same breath is not heard",
    async (said) => {
      const [ann, bob] = [await wamp(), await wamp()];
      say(bob, [5, "breath"]);
      ann.say(said);
      say(ann, [7, "breath", 1]);
      expect(await ann.closed).toBe(1007);
      expect(await heardBy(bob)).toEqual([]);
    },
  );

  it("[R32] a native client's binary frame, and a v1 client's message to a native session, end as their languages say", async () => {
    const [ann, bob] = [await wamp(), await server.welcome()];
    ann.say(new TextEncoder().encode('{"type":"ping","id":1}'));
    bob.say('[5,"t"]');
    expect(await ann.closed).toBe(1007);
    expect(await bob.next("error")).toMatchObject({ code: "bad_frame" });
  });

  it("[R32] a text that is no UTF-8 ends it too", async () => {
    const { hostname, port } = new URL(server.url("/"));
    const socket = connect(Number(port), hostname);
    const head = [
      "GET /cockpit HTTP/1.1",
      `Host: ${hostname}:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      "Sec-WebSocket-Protocol: wamp",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n`);
    await once(socket, "data");
    socket.write(Uint8Array.of(0x81, 0x85, 0, 0, 0, 0, 0x5b, 0x22, 0xff, 0x22, 0x5d));
    socket.resume();
    await once(socket, "close");
  });

  it("[R32] whom an operator disconnects is cut: such clients come back from nothing else", async () => {
    const peer = await wamp();
    const end = new Promise<CloseEvent>((resolve) => peer.socket.addEventListener("close", resolve));
    await server.ask("DELETE", `/api/v1/sessions/${peer.session}`);
    expect(await end).toMatchObject({ code: 1006, wasClean: false });
  });
});

describe("who it is", () => {
  it("[R24] without a token the connection is ended with a reason; with a wrong one it is refused before the upgrade", async () => {
    expect(await guarded.open("/cockpit", { protocols: ["wamp"] }).closed).toBe(4501);
    await expect(guarded.open("/cockpit", { protocols: ["wamp", "bearer.wrong"] }).opened).rejects.toThrow();
  });

  it("[R25][R33] a ticket in the URL, a token in disguise, or a header: what it does not allow is refused without a word", async () => {
    const headers = { authorization: `Bearer ${key}` };
    const asked = { permissions: { subscribe: ["crm.*"], publish: ["crm.42"] }, once: false };
    const { body } = await guarded.ask("POST", "/api/v1/tickets", asked, headers);
    const peers = [
      await wamp(`/cockpit?ticket=${body["ticket"] as string}`, guarded),
      await opened(guarded.open("/cockpit", { protocols: ["wamp", `bearer.${key}`] })),
      await opened(guarded.open("/cockpit", { protocols: ["wamp"], headers })),
    ];
    for (const [i, peer] of peers.entries()) {
      for (const topic of ["crm.42", "secret"]) say(peer, [5, topic]);
      for (const topic of ["secret", "crm.43", "crm.42"]) say(peer, [7, topic, i]);
      expect(await heardBy(peer, guarded)).toEqual([[8, "crm.42", i]]);
      say(peer, [6, "crm.42"]);
      say(peer, [2, "c", "switchboard.sessions"]);
      await peer.until(() => peer.heard.length > 0);
      expect(peer.heard.splice(0)).toEqual([
        [4, "c", "http://api.wamp.ws/error#forbidden", expect.any(String)],
      ]);
    }
  });
});

describe("WAMP-CRA, with the users of SWITCHBOARD_WAMPCRA_USERS", () => {
  async function asked(
    peer: Peer,
    id: string,
    procedure: string,
    given: string,
  ): Promise<readonly unknown[]> {
    say(peer, [2, id, `http://api.wamp.ws/procedure#${procedure}`, given]);
    await peer.until(() => peer.heard.some((one) => isAnswer(one, id)));
    return peer.heard.splice(0)[0] as unknown as readonly unknown[];
  }

  it("[R32] whoever has signed follows the crmIds of its URL; whoever has not is ended", async () => {
    const [ann, eve] = [await wamp("/cockpit?crmId=42", challenging), await wamp("/", challenging)];
    const [, , challenge] = await asked(ann, "1", "authreq", "anna");
    const signature = createHmac("sha256", "annas-secret").update(String(challenge)).digest("base64");
    expect(await asked(ann, "2", "auth", signature)).toMatchObject([3, "2", { authid: "anna" }]);
    say(ann, [7, "crm.42", "signed"]);
    await ann.until(() => ann.heard.length > 0);
    expect(ann.heard.splice(0)).toEqual([[8, "crm.42", "signed"]]);
    await asked(eve, "1", "authreq", "anna");
    const refused = await asked(eve, "2", "auth", signature);
    expect(refused.slice(0, 3)).toEqual([4, "2", "http://api.wamp.ws/error#unauthenticated"]);
    expect(await eve.closed).toBe(4501);
  });
});

describe("wamp1 of npm, a client as it was in 2013", () => {
  const client = () => connectWamp1(server.url("/cockpit?crmId=npm", "ws:"));
  const call = (from: Wamp1Client, procedure: string, ...args: unknown[]) =>
    new Promise<{ error: unknown; result: unknown }>((resolve) =>
      from.call(procedure, ...args, (error: unknown, result: unknown) => resolve({ error, result })),
    );

  it("[R32] connects, defines prefixes, subscribes, publishes, excludes, calls, and hears errors", async () => {
    const [ann, bob] = [await client(), await client()];
    const heard: unknown[] = [];
    ann.prefix("crm", "http://x/crm#");
    ann.subscribe("crm:42", (data) => heard.push(["ann", data]));
    bob.subscribe("http://x/crm#42", (data) => heard.push(["bob", data]));
    await call(bob, "nothing");
    ann.publish("crm:42", { plain: 1 });
    ann.publish("crm:42", "not me", true);
    ann.publish("crm:42", "not bob", [bob.sessionId]);
    ann.publish("crm:42", "bob alone", [], [bob.sessionId]);
    ann.publish("crm:42", "everybody", [], []);
    await call(ann, "nothing");
    await expect.poll(() => heard.length).toBe(7);
    const of = (name: string) =>
      heard.filter((one) => (one as unknown[])[0] === name).map((one) => (one as unknown[])[1]);
    expect(of("ann")).toEqual([{ plain: 1 }, "not bob", "everybody"]);
    expect(of("bob")).toEqual([{ plain: 1 }, "not me", "bob alone", "everybody"]);
    const { result } = await call(ann, "switchboard.presence", { topic: "http://x/crm#42" });
    expect(result).toMatchObject({ topic: "http://x/crm#42", sessions: [{}, {}] });
    const { error } = await call(ann, "crm:nothing");
    expect(error).toMatchObject({ uri: "http://api.wamp.ws/error#no_such_procedure" });
    ann.unsubscribe("crm:42");
    bob.publish("http://x/crm#42", "last");
    await expect.poll(() => of("bob").at(-1)).toBe("last");
    expect(of("ann")).toHaveLength(3);
  });
});

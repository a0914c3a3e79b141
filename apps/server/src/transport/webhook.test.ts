import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { RealServer } from "../../test/real-server.ts";
import { parseApiKeys } from "../auth/api-keys.ts";
import { Webhook, type Question } from "../auth/webhook.ts";

const questions: Question[] = [];
let asked = new Headers();
let answer: (question: Question) => Response | Promise<Response>;
const application = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    if (request.url.endsWith("/login")) return Response.json({ crmIds: ["*"] });
    const question = (await request.json()) as Question;
    questions.push(question);
    asked = request.headers;
    return answer(question);
  },
});
afterAll(() => application.stop(true));

const key = "key-that-may-do-everything";
const authUrl = application.url.href;
const crm = "https://crm.example";
const server = new RealServer({ authUrl, allowedOrigins: [crm, "*"] });
const impatient = new RealServer({ authUrl, authTimeoutMs: 100 });
const both = new RealServer({ authUrl, apiKeys: parseApiKeys(key) });
const unreachable = new RealServer({ authUrl: "http://127.0.0.1:1/" });

/** Each test has a cookie of its own, so that no answer is one that was kept. */
let cookie = "";
beforeEach(() => {
  cookie = `laravel_session=${crypto.randomUUID()}`;
  questions.length = 0;
  answer = ({ headers }) =>
    headers["cookie"] === cookie
      ? Response.json({ sub: "anna", crmIds: ["42"] })
      : Response.json({ message: "log in first" }, { status: 401 });
});

const handshake = (headers: Record<string, string>, path = "/ws?crmId=42", at = server) =>
  at.ask("GET", path, undefined, { upgrade: "websocket", connection: "upgrade", ...headers });
const enter = (path = "/ws?crmId=42", at = server) => at.open(path, { headers: { cookie } }).next("welcome");

describe("[R35] the application is asked who connects", () => {
  it("as if the client had asked itself: a session of its own is enough", async () => {
    const headers = { cookie, "user-agent": "test", "x-tenant": "7", "x-forwarded-for": "6.6.6.6" };
    const peer = server.open("/ws?crmId=42,43&x=1", { headers: { ...headers, authorization: "Custom abc" } });
    await peer.opened;
    expect(questions).toEqual([
      {
        url: server.url("/ws?crmId=42,43&x=1"),
        headers: expect.objectContaining({ ...headers, authorization: "Custom abc" }) as object,
        address: "127.0.0.1",
        crmIds: ["42", "43"],
      },
    ]);
    expect(Object.keys(questions[0]?.headers ?? {}).join(" ")).not.toMatch(/sec-websocket|connection|host/);
    expect(asked.toJSON()).toMatchObject({
      cookie,
      authorization: "Custom abc",
      "user-agent": "test",
      accept: "application/json",
      "x-forwarded-for": "127.0.0.1",
    });
    expect(asked.has("x-tenant")).toBe(false);
  });

  it("and its answer is what is allowed, and who it is", async () => {
    answer = () => Response.json({ sub: 7, crmIds: [42], permissions: { publish: ["crm.42"] } });
    const peer = server.open("/ws?crmId=42", { headers: { cookie } });
    const { expires, ...welcome } = await peer.next("welcome");
    expect(welcome).toMatchObject({ subject: "7", crmIds: ["42"] });
    const hour = Date.now() + 3_600_000;
    expect(expires).toBeGreaterThan(hour - 60_000);
    expect(expires).toBeLessThanOrEqual(hour);
    for (const [i, [frame, expected]] of [
      [{ type: "publish", crmIds: ["42"], data: 1 }, "published"],
      [{ type: "publish", crmIds: ["43"], data: 1 }, "error"],
      [{ type: "subscribe", topic: "crm.43" }, "error"],
      [{ type: "register", procedure: "a" }, "error"],
    ].entries()) {
      peer.say({ ...(frame as object), id: i + 1 });
      expect(await peer.next(expected as string)).toMatchObject({ id: i + 1 });
    }
  });

  it("once in 10 seconds for the same, however many ask at once; anew for another crmId or client", async () => {
    await Promise.all(Array.from({ length: 20 }, () => enter()));
    await enter();
    expect(questions.length).toBe(1);
    answer = () => Response.json({ crmIds: ["43"] });
    await enter("/ws?crmId=43");
    await server.open("/ws?crmId=43", { headers: { cookie: "another" } }).next("welcome");
    expect(questions.length).toBe(3);
  });

  it("and its refusal comes before the upgrade, in its own words", async () => {
    expect(await handshake({ cookie: "none" })).toMatchObject({
      status: 401,
      body: { error: { code: "unauthenticated", message: "log in first" } },
    });
    expect((await handshake({})).status).toBe(401);
    answer = () => new Response("no", { status: 403 });
    expect(await handshake({ cookie })).toMatchObject({
      status: 403,
      body: { error: { code: "forbidden", message: "the application does not let you in" } },
    });
  });

  it.each<[string, () => Response | Promise<Response>]>([
    ["a fault", () => new Response("oops", { status: 500 })],
    ["a redirect", () => Response.redirect(`${authUrl}login`)],
    ["nothing", () => new Response(null, { status: 204 })],
    ["no JSON", () => new Response("hello")],
    ["another kind of answer", () => Response.json({ crmIds: "42" })],
    ["an end that has passed", () => Response.json({ crmIds: ["42"], exp: 1_000 })],
    ["an answer without end", () => new Response(" ".repeat(2 * 1024 * 1024))],
    ["silence", () => Bun.sleep(2_000).then(() => Response.json({ crmIds: ["42"] }))],
  ])("%s of the application is 503, and it is asked again the next time", async (what, given) => {
    const at = what === "silence" ? impatient : server;
    answer = given;
    const refused = await handshake({ cookie }, "/ws", at);
    expect(refused).toMatchObject({ status: 503, body: { error: { code: "unavailable" } } });
    expect(refused.headers.get("retry-after")).toBe("1");
    answer = () => Response.json({ crmIds: ["*"] });
    await enter("/ws?crmId=42");
  });

  it("an application that cannot be reached is 503", async () => {
    expect((await handshake({ cookie }, "/ws", unreachable)).status).toBe(503);
  });

  it("what is allowed ends when it says, and is not taken from what was kept", async () => {
    answer = () => Response.json({ crmIds: ["42"], exp: Math.ceil(Date.now() / 1_000) + 2 });
    const peer = server.open("/ws?crmId=42", { headers: { cookie } });
    await peer.next("welcome");
    expect(await peer.closed).toBe(4003);
    await enter();
    expect(questions.length).toBe(2);
  });
});

describe("[R35] what the application said", () => {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const webhook = new Webhook({
    url: authUrl,
    timeoutMs: 60_000,
    clock,
    report: (fault) => faults.push(fault),
  });
  const ask = (address = "1.2.3.4") => webhook.ask({ url: "/ws", headers: { cookie }, address, crmIds: [] });
  /** How often the application was asked while this was. */
  const timesAsked = async (address?: string): Promise<number> => {
    questions.length = 0;
    await ask(address).catch(() => undefined);
    return questions.length;
  };

  it("holds for 10 seconds", async () => {
    expect([await timesAsked(), await timesAsked()]).toEqual([1, 0]);
    clock.advance(9_999);
    expect(await timesAsked()).toBe(0);
    clock.advance(1);
    expect(await timesAsked()).toBe(1);
  });

  it("holds no longer than what it allows", async () => {
    answer = () => Response.json({ crmIds: ["42"], exp: clock.now() / 1_000 + 5 });
    expect((await ask()).expiresAt).toBe(clock.now() + 5_000);
    clock.advance(4_999);
    expect(await timesAsked()).toBe(0);
    clock.advance(1);
    expect(await timesAsked()).toBe(1);
  });

  it("holds for a second where it is a refusal, and not at all where it is a fault, which is told why", async () => {
    answer = () => new Response("", { status: 401 });
    expect([await timesAsked(), await timesAsked()]).toEqual([1, 0]);
    clock.advance(1_000);
    answer = () => new Response("", { status: 500 });
    expect([await timesAsked(), await timesAsked()]).toEqual([1, 1]);
    expect(String(faults.at(-1))).toContain("SWITCHBOARD_AUTH_URL: it answered 500");
  });

  it("is kept for so many, and so many may wait for it; then clients are told to come back", async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => (goOn = resolve));
    answer = () => held.then(() => Response.json({ crmIds: ["42"] }));
    const waiting = Array.from({ length: 1_000 }, (_, i) => ask(`address ${i}`));
    await expect(ask("one more")).rejects.toMatchObject({ code: "unavailable", retryAfterMs: 1_000 });
    goOn();
    await Promise.all(waiting);
    answer = () => Response.json({ crmIds: ["42"] });
    for (let i = 1_000; i <= 4_000; i += 500)
      await Promise.all(Array.from({ length: 500 }, (_, j) => ask(`address ${i + j}`)));
    expect([await timesAsked("address 4000"), await timesAsked("address 0")]).toEqual([0, 1]);
  }, 60_000);
});

describe("[R35] cookies", () => {
  it("of a page that is not the server's own nor listed by name say nothing", async () => {
    for (const origin of ["https://evil.example", "null"]) {
      expect((await handshake({ cookie, origin })).status).toBe(401);
      expect(questions.at(-1)?.headers).not.toHaveProperty("cookie");
      expect(asked.has("cookie")).toBe(false);
    }
    for (const origin of [crm, new URL(server.url("/")).origin])
      await server.open("/ws?crmId=42", { headers: { cookie, origin } }).next("welcome");
  });

  it("of a page of another origin: it is refused before anything is asked", async () => {
    const headers = { cookie, origin: "https://evil.example" };
    expect((await handshake(headers, "/ws", both)).status).toBe(403);
    expect(questions).toEqual([]);
  });

  it("open no HTTP door: another page could make a browser knock there", async () => {
    const { status } = await server.ask("POST", "/api/v1/publish", { crmIds: ["42"], data: 1 }, { cookie });
    expect(status).toBe(401);
    expect(questions).toEqual([]);
  });
});

describe("[R35] beside keys and tokens", () => {
  it("the application is not asked for who has one of the server's own", async () => {
    for (const path of ["/ws?crmId=1", "/ws"])
      await both.open(path, { headers: { authorization: `Bearer ${key}`, cookie } }).opened;
    await both.open("/ws?crmId=1", { protocols: ["switchboard.1", `bearer.${key}`] }).next("welcome");
    expect((await handshake({ cookie }, "/ws?ticket=none", both)).status).toBe(401);
    expect(questions).toEqual([]);
  });

  it("it is asked for a token that is not the server's own", async () => {
    answer = ({ headers }) =>
      headers["authorization"] === "Bearer its-own"
        ? Response.json({ crmIds: ["7"] })
        : new Response("", { status: 401 });
    await both.open("/ws?crmId=7", { headers: { authorization: "Bearer its-own" } }).next("welcome");
    expect((await handshake({ authorization: "Bearer other" }, "/ws", both)).status).toBe(401);
  });

  it("who shows nothing, or a cookie that the application does not know, may still say hello with a token", async () => {
    for (const headers of [{}, { cookie: "theme=dark" }]) {
      const peer = both.open("/ws", { headers });
      await peer.opened;
      peer.say({ type: "hello", token: key });
      await peer.next("welcome");
    }
    expect(questions.length).toBe(1);
    expect((await handshake({ cookie: "theme=dark" }, "/ws?crmId=42", both)).status).toBe(401);
  });
});

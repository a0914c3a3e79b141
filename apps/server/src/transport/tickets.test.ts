import { UnsecuredJWT, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { RealServer } from "../../test/real-server.ts";
import { parseApiKeys } from "../auth/api-keys.ts";
import { Tickets, ticketSchema } from "../auth/tickets.ts";
import { everything, type Grant } from "../core/policy.ts";
import { hmacSigner } from "../signer.ts";

const keys = { app: "key-of-the-application", reader: "key-that-may-only-read" };
const apiKeys = parseApiKeys(
  `${keys.app}=subscribe:crm.*+publish:crm.42+tickets,${keys.reader}=read,an-administrators-key=admin`,
);
const server = new RealServer({ apiKeys });

async function make(body: object, key = keys.app) {
  return server.ask("POST", "/api/v1/tickets", body, { authorization: `Bearer ${key}` });
}

async function ticketFor(body: object): Promise<string> {
  const answer = await make(body);
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.headers.get("cache-control")).toBe("no-store");
  return answer.body["ticket"] as string;
}

describe("[R26] a ticket", () => {
  it("opens a socket from its URL, once, with what it grants and nothing else", async () => {
    const ticket = await ticketFor({
      subject: "anna",
      crmIds: ["42"],
      permissions: { publish: ["crm.42"] },
    });
    const path = `/ws?crmId=42&ticket=${ticket}`;
    const peer = server.open(path);
    expect(await peer.next("welcome")).toMatchObject({ subject: "anna", crmIds: ["42"] });
    peer.say({ type: "publish", id: 1, crmIds: ["42"], data: 1 });
    await peer.next("published");
    peer.say({ type: "subscribe", id: 2, topic: "crm.43" });
    expect(await peer.next("error")).toMatchObject({ code: "forbidden" });
    await expect(server.open(path).opened).rejects.toThrow();
    const again = await server.ask("GET", path, undefined, { upgrade: "websocket" });
    expect(again).toMatchObject({ status: 401, body: { error: { message: "ticket: was used already" } } });
  });

  it("is taken wherever a token is, and as often as wished where it says so", async () => {
    const ticket = await ticketFor({ crmIds: ["42"], permissions: { publish: ["crm.42"] }, once: false });
    const headers = { authorization: `Bearer ${ticket}` };
    for (const status of [200, 200])
      expect(await server.ask("POST", "/api/v1/publish", { crmIds: ["42"], data: 1 }, headers)).toMatchObject(
        { status },
      );
    const disguised = server.open("/ws?crmId=42", { protocols: ["switchboard.1", `bearer.${ticket}`] });
    await disguised.next("welcome");
    const hello = server.open();
    await hello.opened;
    hello.say({ type: "hello", token: ticket });
    await hello.next("welcome");
  });

  it("in the URL of a request is none", async () => {
    const ticket = await ticketFor({ permissions: { publish: ["crm.42"] } });
    const { status } = await server.ask("POST", `/api/v1/publish?ticket=${ticket}`, {
      crmIds: ["42"],
      data: 1,
    });
    expect(status).toBe(401);
  });

  it.each([
    [{ crmIds: ["*"] }, 200],
    [{ crmIds: ["42", "43"], permissions: { subscribe: ["crm.*"], publish: ["crm.42"] } }, 200],
    [{ permissions: { publish: ["crm.*"] } }, 403],
    [{ permissions: { publish: ["crm.43"] } }, 403],
    [{ permissions: { subscribe: [">"] } }, 403],
    [{ permissions: { call: ["crm.42"] } }, 403],
    [{ permissions: { read: true } }, 403],
    [{ permissions: { admin: true } }, 403],
    [{ permissions: { tickets: true } }, 200],
    [{ for: 3_601 }, 400],
    [{ for: 0 }, 400],
    [{ crmIds: ["a b"] }, 400],
    [{ subject: "" }, 400],
  ])("grants no more than its maker has: %j is %i", async (body, status) => {
    const answer = await make(body);
    expect(answer.status).toBe(status);
    const [field = ""] = Object.keys(body);
    if (status !== 200) expect(answer.text).toContain(field);
  });

  it("is made only by who may", async () => {
    expect(await make({}, keys.reader)).toMatchObject({ status: 403 });
    expect(await make({}, "an-administrators-key")).toMatchObject({ status: 200 });
    expect((await server.ask("POST", "/api/v1/tickets", {})).status).toBe(401);
  });
});

describe("[R26] what is no ticket of this server", () => {
  const clock = new ManualClock();
  const tickets = new Tickets(clock, hmacSigner("secret"));
  const asked = (given: object = {}) => ticketSchema.parse(given);
  const made = async (given: object = {}, maker: Grant = everything) =>
    (await tickets.make(maker, asked(given))).ticket;

  it("one that is old, changed, another server's, unsigned, or a token", async () => {
    const old = await made();
    clock.advance(60_000);
    await expect(tickets.use(old)).rejects.toThrow("ticket: has expired");
    const [head, body, signature] = (await made()).split(".");
    const other = await new Tickets(clock, hmacSigner("other")).make(everything, asked());
    const claims = { jti: "x", made: clock.now(), once: true };
    const exp = Math.floor(clock.now() / 1_000) + 60;
    const none = new UnsecuredJWT(claims).setExpirationTime(exp).encode();
    const untyped = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime(exp)
      .sign(new TextEncoder().encode(hmacSigner("secret").sign("switchboard-ticket")));
    for (const ticket of [`${head}.${body}A.${signature}`, other.ticket, none, untyped, "", "a.b.c"])
      await expect(tickets.use(ticket)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("one for one use that was made before the server started: whether it was used is not known", async () => {
    const [once, often] = [await made(), await made({ once: false })];
    clock.advance(1);
    const restarted = new Tickets(clock, hmacSigner("secret"));
    await expect(restarted.use(once)).rejects.toThrow("before the server's last start");
    expect(await restarted.use(often)).toMatchObject({ subject: undefined });
  });

  it("what it opens ends within an hour, and when its maker's grant does", async () => {
    expect(await tickets.use(await made())).toMatchObject({ expiresAt: clock.now() + 3_600_000 });
    const maker = { ...everything, expiresAt: clock.now() + 30_000 };
    const { ticket, expires } = await tickets.make(maker, asked({ for: 3_600 }));
    expect(expires).toBeLessThanOrEqual(maker.expiresAt);
    expect(await tickets.use(ticket)).toMatchObject({ expiresAt: maker.expiresAt });
  });

  it("who is somebody makes tickets for itself alone, unless it is an administrator", async () => {
    const anna = { ...everything, admin: false, subject: "anna" };
    expect(await tickets.use(await made({}, anna))).toMatchObject({ subject: "anna" });
    await expect(made({ subject: "bob" }, anna)).rejects.toThrow(/subject: must be your own/);
    expect(await tickets.use(await made({ subject: "bob" }, { ...anna, admin: true }))).toMatchObject({
      subject: "bob",
    });
  });

  it("who has a role, or is somebody, gives no other role", async () => {
    const anna = { ...everything, admin: false, subject: "anna", role: undefined };
    expect(await tickets.use(await made({ role: "boss" }))).toMatchObject({ role: "boss" });
    await expect(made({ role: "boss" }, anna)).rejects.toThrow(/role: must be your own/);
    const staff = { ...anna, role: "staff" };
    expect(await tickets.use(await made({}, staff))).toMatchObject({ subject: "anna", role: "staff" });
    await expect(made({ role: "boss" }, staff)).rejects.toThrow(/role: must be your own/);
    await expect(made({ role: "boss" }, { ...staff, subject: undefined })).rejects.toThrow(/role/);
  });
});

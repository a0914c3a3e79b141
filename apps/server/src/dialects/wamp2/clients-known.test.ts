// @ts-expect-error: the package has no types
import untyped from "autobahn";
import { SignJWT } from "jose";
import { pbkdf2Sync } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { RealServer } from "../../../test/real-server.ts";
import { everything } from "../../core/policy.ts";

interface Session {
  readonly id: number;
  subscribe(
    topic: string,
    hear: (args: unknown[], kwargs: object, details: object) => void,
    options?: object,
  ): Promise<{ readonly id: number }>;
  publish(topic: string, args: unknown[], kwargs: object, options: object): Promise<{ readonly id: number }>;
  call(procedure: string, args?: unknown[], kwargs?: object): Promise<unknown>;
  register(
    procedure: string,
    answer: (args: unknown[], kwargs: object, details: object) => unknown,
  ): Promise<unknown>;
}

interface Connection {
  open(): void;
  close(): void;
}

const autobahn = untyped as {
  readonly Connection: new (options: object) => Connection;
  readonly auth_cra: {
    sign(key: string, challenge: string): string;
    derive_key(secret: string, salt: string, iterations: number, keylen: number): string;
  };
};

const jwtSecret = "0123456789abcdef0123456789abcdef";
const derived = pbkdf2Sync("eve's password", "salt", 200, 32, "sha256").toString("base64");
const patient = { timeout: 20_000 };
const server = new RealServer({
  jwtSecret,
  wampcraUsers: new Map([
    [
      "bob",
      {
        secret: "bob's secret",
        salt: undefined,
        iterations: 1,
        keylen: 32,
        grant: { ...everything, subject: "bob", role: "guest" },
      },
    ],
    [
      "eve",
      {
        secret: derived,
        salt: "salt",
        iterations: 200,
        keylen: 32,
        grant: { ...everything, subject: "eve", role: undefined, read: false, admin: false },
      },
    ],
  ]),
});

/** Those that are open; whoever is closed leaves. */
const opened = new Set<Connection>();
afterEach(async () => {
  for (const connection of opened) connection.close();
  await expect.poll(() => opened.size, patient).toBe(0);
});

interface Joined {
  readonly session: Session;
  readonly details: Record<string, unknown>;
  /** Why it was closed for good; undefined while it is not. */
  readonly closed: () => string | undefined;
}

/** Connects; rejects with the reason where the server does not let it in. */
function join(options: object): Promise<Joined> {
  const connection = new autobahn.Connection({ url: server.url("/ws", "ws:"), realm: "crm", ...options });
  opened.add(connection);
  let closed: string | undefined;
  return new Promise((resolve, reject) => {
    const onopen = (session: Session, details: Record<string, unknown>) =>
      resolve({ session, details, closed: () => closed });
    const onclose = (_: string, { reason }: { readonly reason?: string }) => {
      opened.delete(connection);
      closed = reason ?? "lost";
      reject(new Error(closed));
      return true;
    };
    Object.assign(connection, { onopen, onclose }).open();
  });
}

async function anna(): Promise<Joined> {
  const permissions = {
    subscribe: [">"],
    publish: [">"],
    call: [">"],
    register: [">"],
    read: true,
    admin: true,
  };
  const ticket = await new SignJWT({ sub: "anna", role: "staff", permissions })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime("1h")
    .sign(new TextEncoder().encode(jwtSecret));
  return join({ authmethods: ["ticket"], authid: "anna", onchallenge: () => ticket });
}

/** By WAMP-CRA, with the password of its own or another. */
function byPassword(authid: string, password: string): Promise<Joined> {
  const sign = (_session: unknown, _method: string, extra: Challenge) => {
    const { challenge, salt, iterations, keylen } = extra;
    const key =
      salt === undefined ? password : autobahn.auth_cra.derive_key(password, salt, iterations, keylen);
    return autobahn.auth_cra.sign(key, challenge);
  };
  return join({ authmethods: ["wampcra"], authid, onchallenge: sign });
}

interface Challenge {
  readonly challenge: string;
  readonly salt?: string;
  readonly iterations: number;
  readonly keylen: number;
}

const bob = () => byPassword("bob", "bob's secret");

describe("AutobahnJS, known by name", () => {
  it("[R31] joins by ticket and by WAMP-CRA, salted or not", async () => {
    expect((await anna()).details).toMatchObject({ authid: "anna", authrole: "staff", authmethod: "ticket" });
    expect((await bob()).details).toMatchObject({ authid: "bob", authrole: "guest", authmethod: "wampcra" });
    const { details } = await byPassword("eve", "eve's password");
    expect(details).toMatchObject({ authid: "eve", authmethod: "wampcra" });
  });

  it("[R31] is told why it may not join", async () => {
    await expect(byPassword("bob", "another")).rejects.toThrow("wamp.error.authentication_failed");
    await expect(byPassword("dan", "any")).rejects.toThrow("wamp.error.no_such_principal");
    await expect(join({ authmethods: ["ticket"], onchallenge: () => "made up" })).rejects.toThrow(
      "wamp.error.authentication_failed",
    );
    await expect(join({ authmethods: ["cryptosign"] })).rejects.toThrow("wamp.error.no_matching_auth_method");
  });

  it("[R31] hears who publishes and who calls, what is meant for its role, and the last word", async () => {
    const [first, second] = [await anna(), await bob()];
    const heard: [unknown[], object][] = [];
    await second.session.subscribe("com.news", (args, _, details) => heard.push([args, details]));
    const told = { acknowledge: true, disclose_me: true, retain: true };
    await first.session.publish("com.news", ["for all"], {}, told);
    await first.session.publish(
      "com.news",
      ["for staff"],
      {},
      { ...told, eligible_authrole: ["staff"], retain: false },
    );
    await first.session.publish(
      "com.news",
      ["not for bob"],
      {},
      { ...told, exclude_authid: ["bob"], retain: false },
    );
    await first.session.publish(
      "com.news",
      ["for guests"],
      {},
      { acknowledge: true, eligible_authrole: ["guest"] },
    );
    await expect.poll(() => heard.length, patient).toBe(2);
    expect(heard).toMatchObject([
      [["for all"], { publisher: first.session.id, publisher_authid: "anna", publisher_authrole: "staff" }],
      [["for guests"], {}],
    ]);
    const third = await byPassword("eve", "eve's password");
    const words: [unknown[], object][] = [];
    await third.session.subscribe("com.news", (args, _, details) => words.push([args, details]), {
      get_retained: true,
    });
    await expect.poll(() => words.length, patient).toBe(1);
    expect(words).toMatchObject([[["for all"], { retained: true, publisher_authid: "anna" }]]);
  });

  it("[R31] reads the history of what it subscribes to, and only what was meant for it", async () => {
    const [first, second] = [await anna(), await bob()];
    for (const text of ["one", "two", "three"])
      await first.session.publish("crm.42", [text], { n: 1 }, { acknowledge: true });
    await first.session.publish("crm.42", ["secret"], {}, { acknowledge: true, eligible_authid: ["anna"] });
    const { id } = await second.session.subscribe("crm.42", () => {});
    const events = async (options: object) => {
      const found = (await second.session.call("wamp.subscription.get_events", [id], options)) as {
        readonly args: { readonly args: unknown[]; readonly kwargs: object }[];
        readonly kwargs: object;
      };
      return [found.args.map(({ args }) => args[0]), found.kwargs];
    };
    expect(await events({})).toEqual([["one", "two", "three"], { is_limit_reached: false }]);
    expect(await events({ limit: 1, reverse: true })).toEqual([["three"], { is_limit_reached: true }]);
  });

  it("[R31] sees who is there, hears who comes, and sends away for good who should go", async () => {
    const first = await anna();
    const joined: unknown[] = [];
    await first.session.subscribe("wamp.session.on_join", ([details]) => joined.push(details));
    const second = await bob();
    const { id } = second.session;
    await expect.poll(() => joined.length, patient).toBe(1);
    expect(joined).toMatchObject([{ session: id, authid: "bob", authrole: "guest" }]);
    expect(await first.session.call("wamp.session.count", [["guest"]])).toBe(1);
    expect(await first.session.call("wamp.session.list", [["guest"]])).toEqual([id]);
    expect(await first.session.call("wamp.session.get", [id])).toMatchObject({
      authid: "bob",
    });
    const subscription = await first.session.call("wamp.subscription.lookup", ["wamp.session.on_join"]);
    expect(await first.session.call("wamp.subscription.list_subscribers", [subscription])).toEqual([
      first.session.id,
    ]);
    const killed = await first.session.call("wamp.session.kill_by_authid", ["bob"], { reason: "com.bye" });
    expect(killed).toEqual([id]);
    await expect.poll(() => second.closed(), patient).toBe("com.bye");
  });

  it("[R25] what the server tells of itself is for who may read", async () => {
    const { session } = await byPassword("eve", "eve's password");
    for (const procedure of ["wamp.session.list", "wamp.session.kill_all", "wamp.subscription.list"])
      await expect(session.call(procedure)).rejects.toMatchObject({ error: "wamp.error.not_authorized" });
    await expect(session.subscribe("wamp.session.on_join", () => {})).rejects.toMatchObject({
      error: "wamp.error.not_authorized",
    });
  });
});

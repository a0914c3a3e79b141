import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { tokenVerifier } from "./tokens.ts";

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let pairs: Pair[];
let keys: object[];
let served: () => Response;
let fetched = 0;
const issuer = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch() {
    fetched += 1;
    return served();
  },
});

beforeAll(async () => {
  pairs = await Promise.all([0, 1, 2].map(() => generateKeyPair("ES256", { extractable: true })));
  const exported = await Promise.all(pairs.map(({ publicKey }) => exportJWK(publicKey)));
  keys = exported.map((key, i) => ({ ...key, kid: `k${i}`, alg: "ES256" }));
});
afterEach(() => vi.useRealTimers());
afterAll(() => issuer.stop(true));

const serve = (...numbers: number[]) => {
  fetched = 0;
  served = () => Response.json({ keys: numbers.map((i) => keys[i]) });
};
const tokenOf = (i: number, kid = `k${i}`) =>
  new SignJWT({ sub: "anna" })
    .setProtectedHeader({ alg: "ES256", kid })
    .setExpirationTime("1h")
    .sign((pairs[i] as Pair).privateKey);
const passes = async (seconds: number) => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + seconds * 1_000 });
};

describe("[R24] a key set", () => {
  it("is fetched once, and again when a token names a key that is new: half a minute after the last time at the soonest", async () => {
    serve(0);
    const verify = tokenVerifier({ jwksUrl: issuer.url.href });
    for (let i = 0; i < 10; i++) expect(await verify?.(await tokenOf(0))).toMatchObject({ subject: "anna" });
    expect(fetched).toBe(1);
    serve(0, 1);
    await expect(verify?.(await tokenOf(1))).rejects.toMatchObject({ code: "unauthenticated" });
    expect(fetched).toBe(0);
    await passes(31);
    for (const i of [1, 0]) expect(await verify?.(await tokenOf(i))).toMatchObject({ subject: "anna" });
    expect(fetched).toBe(1);
  });

  it("that no longer has a key no longer takes what it signed", async () => {
    serve(0);
    const verify = tokenVerifier({ jwksUrl: issuer.url.href });
    expect(await verify?.(await tokenOf(0))).toMatchObject({ subject: "anna" });
    serve(1);
    await passes(31);
    expect(await verify?.(await tokenOf(1))).toMatchObject({ subject: "anna" });
    await expect(verify?.(await tokenOf(0))).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("takes no token that names a key which did not sign it, nor one that names none of several", async () => {
    serve(0, 1);
    const verify = tokenVerifier({ jwksUrl: issuer.url.href });
    await expect(verify?.(await tokenOf(2, "k1"))).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(verify?.(await tokenOf(2))).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it.each<[string, () => Response]>([
    ["answers with a fault", () => new Response("oops", { status: 500 })],
    ["is no JSON", () => new Response("hello")],
    ["is no key set", () => Response.json({ hello: 1 })],
  ])("that %s is unavailable: the token may be right, and its bearer may come again", async (_, given) => {
    served = given;
    const verify = tokenVerifier({ jwksUrl: issuer.url.href });
    await expect(verify?.(await tokenOf(0))).rejects.toMatchObject({ code: "unavailable" });
    serve(0);
    expect(await verify?.(await tokenOf(0))).toMatchObject({ subject: "anna" });
  });

  it("that cannot be reached is unavailable, too", async () => {
    const verify = tokenVerifier({ jwksUrl: "http://127.0.0.1:1/jwks" });
    await expect(verify?.(await tokenOf(0))).rejects.toMatchObject({ code: "unavailable" });
  });

  it("beside a secret: each token is refused for what is wrong with it, not for being none of the other's", async () => {
    serve(0);
    const secret = "0123456789abcdef0123456789abcdef";
    const verify = tokenVerifier({ secret, jwksUrl: issuer.url.href });
    const old = new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setExpirationTime(1);
    const expired = await old.sign(new TextEncoder().encode(secret));
    await expect(verify?.(expired)).rejects.toThrow("token: has expired");
    await expect(verify?.(await tokenOf(2, "k0"))).rejects.toThrow("token: is not valid");
    expect(await verify?.(await tokenOf(0))).toMatchObject({ subject: "anna" });
  });
});

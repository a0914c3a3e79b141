import { createHash } from "node:crypto";
import { exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { grantOfKey, parseApiKeys } from "./api-keys.ts";
import { tokenVerifier } from "./tokens.ts";

const key = "0123456789abcdef";
const secret = "0123456789abcdef0123456789abcdef";
const hmac = new TextEncoder().encode(secret);

describe("API keys", () => {
  it("[R24] a key without permissions may do everything; one with permissions only that", () => {
    const keys = parseApiKeys(`${key}, ${key}-2=publish:orders.>+read`);
    expect(grantOfKey(keys, key)).toMatchObject({ read: true, admin: true, crmIds: ["*"] });
    expect(grantOfKey(keys, `${key}-2`)).toEqual({
      crmIds: [],
      patterns: { publish: ["orders.>"] },
      read: true,
      admin: false,
      tickets: false,
    });
    expect(grantOfKey(keys, "another")).toBeUndefined();
  });

  it("[R25] a permission's pattern may be a URI, with all that is in one", () => {
    const keys = parseApiKeys(`${key}=publish:http://example.com/a?b=c#d+call:com.example.>`);
    expect(grantOfKey(keys, key)?.patterns).toEqual({
      publish: ["http://example.com/a?b=c#d"],
      call: ["com.example.>"],
    });
  });

  it("[R24] a hashed key is known by its key, and its hash opens nothing", () => {
    const hash = createHash("sha256").update(key).digest("hex");
    const keys = parseApiKeys(`sha256:${hash}=read`);
    expect(grantOfKey(keys, key)).toMatchObject({ read: true });
    expect(grantOfKey(keys, hash)).toBeUndefined();
    expect(grantOfKey(keys, `sha256:${hash}`)).toBeUndefined();
  });

  it.each([
    ["short", /16 characters/],
    [`${key}=write`, /"write" must be subscribe, publish/],
    [`${key}=publish:a b`, /must be/],
    ["sha256:zz", /64 hexadecimal/],
    [`sha256:${"ab".repeat(32)}zz`, /64 hexadecimal/],
    [`${key}=read, another-${key}, ${key}`, /^key 3: is key 1 once more$/],
    [`${key}=read, sha256:${createHash("sha256").update(key).digest("hex")}`, /^key 2: is key 1 once more$/],
  ])("[R24] %s is refused, and the key not shown", (text, message) => {
    expect(() => parseApiKeys(text)).toThrow(message);
    expect(() => parseApiKeys(text)).not.toThrow(key);
  });
});

describe("tokens", () => {
  const claims = { sub: "anna", crmIds: ["42"], permissions: { publish: ["orders.*"] } };
  const signed = (alg: string, with_: Parameters<SignJWT["sign"]>[0], exp: string | number = "1h") =>
    new SignJWT(claims).setProtectedHeader({ alg }).setExpirationTime(exp).sign(with_);

  it("[R24] claims become what the bearer may do", async () => {
    const grant = await tokenVerifier({ secret })?.(await signed("HS256", hmac));
    expect(grant).toMatchObject({
      subject: "anna",
      crmIds: ["42"],
      patterns: { publish: ["orders.*"] },
      read: false,
      admin: false,
    });
    expect(grant?.expiresAt).toBeGreaterThan(Date.now());
  });

  it.each(["RS256", "ES256", "EdDSA"])("[R24] %s is verified with a public key", async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const publicKeyPem = await exportSPKI(publicKey);
    const verify = tokenVerifier({ publicKeyPem });
    expect(await verify?.(await signed(alg, privateKey))).toMatchObject({ subject: "anna" });
    // Whoever knows the public key must not be able to sign with it as a secret.
    const forged = await signed("HS256", new TextEncoder().encode(publicKeyPem));
    await expect(verify?.(forged)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("[R24] none, another secret, an expired token and one without an end are refused, and why is said", async () => {
    const verify = tokenVerifier({ secret });
    const none = new UnsecuredJWT(claims).setExpirationTime("1h").encode();
    const other = await signed("HS256", new TextEncoder().encode(secret.toUpperCase()));
    const old = await signed("HS256", hmac, Math.floor(Date.now() / 1000) - 60);
    const endless = await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(hmac);
    for (const token of [none, other, old, endless, "a.b.c", ""])
      await expect(verify?.(token)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(verify?.(old)).rejects.toThrow("token: has expired");
  });

  it("[R24] a token that ended a second ago opens nothing: what it opened would end at once, and come back", async () => {
    const ended = await signed("HS256", hmac, Math.floor(Date.now() / 1000) - 1);
    await expect(tokenVerifier({ secret })?.(ended)).rejects.toThrow("token: has expired");
  });

  it("[R24] a token that does not hold yet is refused, but for clocks that are a little apart", async () => {
    const verify = tokenVerifier({ secret });
    const from = (seconds: number) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "HS256" })
        .setNotBefore(Math.floor(Date.now() / 1_000) + seconds)
        .setExpirationTime("2h")
        .sign(hmac);
    await expect(verify?.(await from(3_600))).rejects.toMatchObject({
      code: "unauthenticated",
      message: "token: is not valid yet",
    });
    expect(await verify?.(await from(-1))).toMatchObject({ subject: "anna" });
    expect(await verify?.(await from(3))).toMatchObject({ subject: "anna" });
  });

  it("[R24] claims of the wrong kind are refused, and the claim is named", async () => {
    const token = await new SignJWT({ crmIds: "42" })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(hmac);
    await expect(tokenVerifier({ secret })?.(token)).rejects.toThrow(/token: crmIds/);
    const role = await new SignJWT({ role: 7 })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(hmac);
    await expect(tokenVerifier({ secret })?.(role)).rejects.toThrow(/token: role/);
  });
});

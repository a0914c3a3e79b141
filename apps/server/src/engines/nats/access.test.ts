import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../../../test/authority.ts";
import { NatsOperator } from "../../../test/nats-operator.ts";
import { NatsServer } from "../../../test/nats-server.ts";
import type { Refusal } from "../../core/errors.ts";
import type { AccessFiles } from "./access.ts";
import { connectionOptions, parseAddresses } from "./addresses.ts";
import { Connection } from "./connection.ts";

const poll = { timeout: 60_000, interval: 20 } as const;
const folder = mkdtempSync(join(tmpdir(), "switchboard-access-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

let ca: string;
let otherCa: string;
const pairs = new Map<string, { readonly cert: string; readonly key: string }>();

beforeAll(async () => {
  const [authority, other] = await Promise.all(["one", "other"].map((name) => Authority.called(name)));
  if (authority === undefined || other === undefined) throw new Error("two were to be made");
  ca = fileOf("ca.pem", authority.cert);
  otherCa = fileOf("other-ca.pem", other.cert);
  const made = {
    right: authority.vouchFor("127.0.0.1"),
    elsewhere: authority.vouchFor("192.0.2.1"),
    ended: authority.vouchFor("127.0.0.1", -1),
    foreign: other.vouchFor("127.0.0.1"),
  };
  for (const [name, making] of Object.entries(made)) {
    const { cert, key } = await making;
    pairs.set(name, { cert: fileOf(`${name}.crt`, cert), key: fileOf(`${name}.key`, key) });
  }
});

const pairOf = (name: string) => pairs.get(name) as { readonly cert: string; readonly key: string };

function tlsServer(name: string, ...more: readonly string[]): Promise<NatsServer> {
  const { cert, key } = pairOf(name);
  return NatsServer.start(["--tls", "--tlscert", cert, "--tlskey", key, ...more]);
}

function connectTo(url: string, files: AccessFiles) {
  const news: string[] = [];
  const options = connectionOptions(parseAddresses(url), files);
  const tell = (text: string) => void news.push(text);
  const report = (error: unknown) => void news.push(`reported: ${String(error)}`);
  return { news, connection: new Connection({ options, files, tell, report, inspect: () => {} }) };
}

type Attempt = ReturnType<typeof connectTo>;

/** They wait, say once why, and say so to whoever asks. They end with this. */
async function allWait(attempts: readonly Attempt[], why: RegExp): Promise<void> {
  const refusalOf = ({ connection }: Attempt) => {
    try {
      connection.demandUp();
      return undefined;
    } catch (error) {
      return error as Refusal;
    }
  };
  for (const attempt of attempts) await expect.poll(() => refusalOf(attempt)?.message, poll).toMatch(why);
  await Bun.sleep(600);
  for (const attempt of attempts) {
    expect(attempt.news.filter((text) => why.test(text))).toHaveLength(1);
    expect(refusalOf(attempt)?.code).toBe("unavailable");
    await attempt.connection[Symbol.asyncDispose]();
  }
}

describe("TLS to NATS", () => {
  it.each(["tls", "nats"])(
    "[R38] %s:// trusts the authority that it is told, and nobody's else",
    async (scheme) => {
      await using server = await tlsServer("right");
      const url = server.url.replace("nats:", `${scheme}:`);
      const { connection } = connectTo(url, { ca });
      await using up = connection;
      await up.started;
      await up.flush();
      await allWait(
        [connectTo(url, {}), connectTo(url, { ca: otherCa })],
        /not of an authority that is known here: SWITCHBOARD_NATS_CA/,
      );
    },
  );

  it.each([
    ["elsewhere", /certificate is for other names/],
    ["ended", /certificate has expired/],
  ])("[R38] a certificate that is %s is not taken", async (name, why) => {
    await using server = await tlsServer(name);
    await allWait([connectTo(server.url, { ca })], why);
  });

  it("[R38] a certificate that is exchanged for a wrong one while it is up: it says so, and is back with a right one", async () => {
    const config = fileOf(
      "tls.conf",
      `tls { cert_file: ${pairOf("right").cert}, key_file: ${pairOf("right").key} }`,
    );
    await using server = await NatsServer.start(["-c", config]);
    const { connection, news } = connectTo(server.url, { ca });
    await using _ = connection;
    await connection.started;
    for (const name of ["foreign", "right"]) {
      await server.signal("SIGKILL");
      fileOf("tls.conf", `tls { cert_file: ${pairOf(name).cert}, key_file: ${pairOf(name).key} }`);
      await server.start();
      const last = name === "right" ? /^connected/ : /SWITCHBOARD_NATS_CA/;
      await expect.poll(() => news.at(-1), poll).toMatch(last);
    }
    expect(connection.isUp).toBe(true);
  });

  it("[R38] tls:// is never spoken without", async () => {
    await using server = await NatsServer.start();
    const url = server.url.replace("nats:", "tls:");
    await allWait([connectTo(url, {})], /has no TLS, which SWITCHBOARD_NATS_URL asks for/);
  });

  it("[R38] shows its own certificate to servers that ask for one", async () => {
    await using server = await tlsServer("right", "--tlsverify", "--tlscacert", ca);
    const { connection } = connectTo(server.url, { ca, ...pairOf("right") });
    await using up = connection;
    await up.started;
    await up.flush();
    await allWait(
      [connectTo(server.url, { ca }), connectTo(server.url, { ca, ...pairOf("foreign") })],
      /asks for certificates: SWITCHBOARD_NATS_CERT/,
    );
  });
});

describe("files for NATS", () => {
  it.each<[string, () => AccessFiles, RegExp]>([
    ["no CA", () => ({ ca: join(folder, "none") }), /^SWITCHBOARD_NATS_CA: .*none cannot be read$/],
    ["a CA that is none", () => ({ ca: fileOf("words", "words") }), /^SWITCHBOARD_NATS_CA: .*holds no PEM/],
    [
      "no key",
      () => ({ cert: pairOf("right").cert }),
      /^SWITCHBOARD_NATS_CERT: needs its key, SWITCHBOARD_NATS_KEY$/,
    ],
    ["no certificate", () => ({ key: pairOf("right").key }), /^SWITCHBOARD_NATS_KEY: needs its certificate/],
    [
      "another key",
      () => ({ cert: pairOf("right").cert, key: pairOf("foreign").key }),
      /^SWITCHBOARD_NATS_KEY: .*is not the key of/,
    ],
    ["no credentials", () => ({ creds: join(folder, "none") }), /^SWITCHBOARD_NATS_CREDS: .*cannot be read$/],
    ["credentials that are none", () => ({ creds: ca }), /^SWITCHBOARD_NATS_CREDS: .*holds no credentials/],
  ])("[R16] %s: refused with the setting's name", (_, files, fault) => {
    expect(() => connectionOptions(parseAddresses("a"), files())).toThrow(fault);
  });
});

describe("credentials for NATS", () => {
  it("[R38] whoever may not come in waits and says which setting is wrong; no secret is told", async () => {
    await using server = await NatsServer.start(["--user", "ann", "--pass", "s3cret"]);
    const logins = ["", "ann:wr0ng@", "t0ken@"];
    const attempts = logins.map((login) => connectTo(server.url.replace("//", `//${login}`), {}));
    await allWait(
      attempts,
      /not let us in: see the user and password, or the token, of SWITCHBOARD_NATS_URL/,
    );
    expect(attempts.flatMap(({ news }) => news).join()).not.toMatch(/wr0ng|s3cret|t0ken/);
  });

  it("[R38] a password that is changed while it is up: it says so, and is back when it is right again", async () => {
    const login = (pass: string) => `authorization { user: ann, password: ${pass} }`;
    const config = fileOf("login.conf", login("first"));
    await using server = await NatsServer.start(["-c", config]);
    const { connection, news } = connectTo(server.url.replace("//", "//ann:first@"), {});
    await using _ = connection;
    await connection.started;
    await server.signal("SIGKILL");
    fileOf("login.conf", login("second"));
    await server.start();
    await expect.poll(() => news.join(), poll).toMatch(/does not let us in/);
    expect(() => connection.demandUp()).toThrow("SWITCHBOARD_NATS_URL");
    await server.signal("SIGKILL");
    fileOf("login.conf", login("first"));
    await server.start();
    await expect.poll(() => connection.isUp, poll).toBe(true);
    expect(news.filter((text) => text.includes("let us in"))).toHaveLength(1);
  });

  it("[R38] a .creds file lets in; one that has ended says when, and is read again once it is renewed", async () => {
    const operator = await NatsOperator.create();
    await using server = await NatsServer.start(["-c", fileOf("operator.conf", operator.config)]);
    const end = Date.now() + 4_000;
    const creds = fileOf("node.creds", await operator.credentials(end));
    const { connection, news } = connectTo(server.url, { creds });
    await using _ = connection;
    await connection.started;
    const stream = { name: "s", subjects: ["s"] };
    const made = await connection.request("$JS.API.STREAM.CREATE.s", JSON.stringify(stream));
    expect(made.json()).toMatchObject({ config: stream });
    const ended = new Date(Math.floor(end / 1_000) * 1_000).toISOString();
    await expect.poll(() => news.join(), poll).toContain(`SWITCHBOARD_NATS_CREDS ended at ${ended}`);
    fileOf("node.creds", "being written");
    await Bun.sleep(600);
    fileOf("node.creds", await operator.credentials());
    await expect.poll(() => connection.isUp, poll).toBe(true);
    await connection.flush();
    const stranger = await (await NatsOperator.create()).credentials();
    const attempt = connectTo(server.url, { creds: fileOf("stranger.creds", stranger) });
    await allWait([attempt], /does not know the credentials of SWITCHBOARD_NATS_CREDS/);
    expect([...news, ...attempt.news].join()).not.toMatch(/\bSU[A-Z2-7]{56}|eyJ/);
  });
});

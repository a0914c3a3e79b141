import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { certificateOf, CertificateFolder } from "../../test/certificates.ts";
import { Peer } from "../../test/peer.ts";
import { createSwitchboard, type Switchboard, type SwitchboardOptions } from "../server.ts";
import type { Certificate } from "./certificate.ts";
import { openHttpRedirect } from "./http-redirect.ts";

const patience = { timeout: 40_000, interval: 50 };
const crowd = 100;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

function folderWith(pair: Certificate): CertificateFolder {
  const folder = new CertificateFolder(pair);
  cleanups.push(() => folder[Symbol.dispose]());
  return folder;
}

async function start(options: SwitchboardOptions): Promise<Switchboard> {
  const server = await createSwitchboard({
    port: 0,
    dataDir: ":memory:",
    log: "silent",
    drainMs: 0,
    ...options,
  });
  cleanups.push(() => server.close());
  return server;
}

const filesIn = ({ files }: CertificateFolder) => ({ tlsCert: files.cert, tlsKey: files.key });

/** The name in the certificate that a new connection is shown. */
function nameShownAt({ port }: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** One socket that follows 42, and trusts this certificate alone. */
async function follower(url: URL, { cert: ca }: Certificate): Promise<Peer> {
  const address = new URL("/ws?crmId=42", url);
  address.protocol = "wss:";
  const peer = new Peer(new WebSocket(address, { tls: { ca } }));
  cleanups.push(() => peer.socket.close());
  await peer.opened;
  await peer.next("welcome");
  return peer;
}

/** Publishes over a connection of its own; returns how many heard it. */
async function publish(url: URL, { cert: ca }: Certificate, data: unknown): Promise<number> {
  const response = await fetch(new URL("/api/v1/publish", url), {
    method: "POST",
    body: JSON.stringify({ crmIds: ["42"], data }),
    keepalive: false,
    tls: { ca },
  });
  const answer = (await response.json()) as { results: { receivers: number }[] };
  return answer.results[0]?.receivers ?? 0;
}

describe("[R27] TLS", () => {
  it(`certificates are exchanged under ${crowd} live connections: none drops, new ones see the new certificate`, async () => {
    const pairs = await Promise.all(["first", "second", "third"].map((name) => certificateOf(name)));
    const [first, second, third] = pairs as [Certificate, Certificate, Certificate];
    const folder = folderWith(first);
    const { url } = await start(filesIn(folder));
    const peers = await Promise.all(Array.from({ length: crowd }, () => follower(url, first)));
    expect(await publish(url, first, 0)).toBe(crowd);

    folder.turnTo(second);
    await expect.poll(() => nameShownAt(url), patience).toBe("second");
    expect(await publish(url, second, 1)).toBe(crowd);
    const late = await follower(url, second);
    folder.write(third);
    await expect.poll(() => nameShownAt(url), patience).toBe("third");
    expect(await publish(url, third, 2)).toBe(crowd + 1);

    await Promise.all(peers.map((peer) => peer.until(() => peer.heard.length === 3)));
    await late.until(() => late.heard.length === 1);
    for (const peer of peers) expect(peer.heard.map(({ data }) => data)).toEqual([0, 1, 2]);
    const dropped = [...peers, late].filter(({ ended }) => ended !== undefined).length;
    expect(dropped).toBe(0);
    const shown = await Promise.all(Array.from({ length: 20 }, () => nameShownAt(url)));
    expect(new Set(shown)).toEqual(new Set(["third"]));
    process.stdout.write(
      `  [tls] ${peers.length} connections, 2 exchanges: ${dropped} dropped; ${shown.length} of ${shown.length} new ones saw the new certificate\n`,
    );
  });

  it("closing ends connections under every certificate, and frees the port", async () => {
    const [first, second] = [await certificateOf("first"), await certificateOf("second")];
    const folder = folderWith(first);
    const server = await start(filesIn(folder));
    const { url } = server;
    const old = await follower(url, first);
    folder.turnTo(second);
    await expect.poll(() => nameShownAt(url), patience).toBe("second");
    const young = await follower(url, second);
    await server.close();
    expect([await old.closed, await young.closed]).toEqual([1012, 1012]);
    await expect(nameShownAt(url)).rejects.toThrow();
    expect((await start({ port: Number(url.port) })).url.port).toBe(url.port);
  });

  it.each([true, false])(
    "a port that another server has is not shared with it (TLS on both: %s)",
    async (tls) => {
      const folder = folderWith(await certificateOf("first"));
      const { url } = await start(filesIn(folder));
      const second = start({ port: Number(url.port), ...(tls && filesIn(folder)) });
      await expect(second).rejects.toThrow(new RegExp(`^PORT: ${url.port} is in use; `));
    },
  );

  it("says over TLS, and only there, that it must be used", async () => {
    const pair = await certificateOf("first");
    const pages = mkdtempSync(join(tmpdir(), "switchboard-pages-"));
    cleanups.push(() => rmSync(pages, { recursive: true }));
    writeFileSync(join(pages, "mark.svg"), "<svg/>");
    const secure = await start({ ...filesIn(folderWith(pair)), pages });
    const plain = await start({ pages });
    const header = async ({ url }: Switchboard, path: string) =>
      (await fetch(new URL(path, url), { tls: { ca: pair.cert } })).headers.get("strict-transport-security");
    for (const path of ["/websocketclient", "/api/v1/status", "/nowhere", "/mark.svg"]) {
      expect(await header(secure, path)).toBe("max-age=31536000");
      expect(await header(plain, path)).toBeNull();
    }
    expect(secure.url.protocol).toBe("https:");
  });

  it("half of a pair, a key of another certificate and a missing file are refused at the start, and the setting is named", async () => {
    const { cert } = await certificateOf("first");
    const other = await certificateOf("other");
    const folder = folderWith({ cert, key: other.key });
    const { tlsCert, tlsKey } = filesIn(folder);
    await expect(start({ tlsCert })).rejects.toThrow(/^SWITCHBOARD_TLS_KEY: is needed/);
    await expect(start({ tlsKey })).rejects.toThrow(/^SWITCHBOARD_TLS_CERT: is needed/);
    await expect(start({ tlsCert, tlsKey })).rejects.toThrow(/^SWITCHBOARD_TLS_KEY: .* not the key of/);
    await expect(start({ tlsCert: tlsKey, tlsKey })).rejects.toThrow(
      /^SWITCHBOARD_TLS_CERT: .* no PEM certificate/,
    );
    await expect(start({ tlsCert, tlsKey: tlsCert })).rejects.toThrow(/^SWITCHBOARD_TLS_KEY: .* no PEM key/);
    await expect(start({ tlsCert: "/nowhere.pem", tlsKey })).rejects.toThrow(
      /^SWITCHBOARD_TLS_CERT: cannot be read: ENOENT/,
    );
    await expect(start({ httpRedirectPort: 0 })).rejects.toThrow(/^SWITCHBOARD_HTTP_REDIRECT_PORT: /);
  });

  it("a port for http that is taken is refused at the start, and the setting is named", async () => {
    const folder = folderWith(await certificateOf("first"));
    const { url } = await start({});
    await expect(start({ ...filesIn(folder), httpRedirectPort: Number(url.port) })).rejects.toThrow(
      new RegExp(`^SWITCHBOARD_HTTP_REDIRECT_PORT: ${url.port} is in use; .*--http-redirect-port$`),
    );
  });

  it("http is sent to https where asked; a token that came over it is refused", async () => {
    const redirect = openHttpRedirect({ hostname: "127.0.0.1", port: 0 }, () => 8443);
    cleanups.push(() => redirect.stop(true));
    const url = new URL("/websocketclient?crmId=42", redirect.url);
    const got = await fetch(url, { redirect: "manual" });
    expect(got.status).toBe(308);
    expect(got.headers.get("location")).toBe("https://127.0.0.1:8443/websocketclient?crmId=42");
    const posted = await fetch(new URL("/api/v1/publish", url), {
      method: "POST",
      body: "{}",
      redirect: "manual",
    });
    expect(posted.status).toBe(403);
    expect(await posted.json()).toMatchObject({
      error: { code: "forbidden", message: expect.stringContaining("use https://127.0.0.1:8443") },
    });
  });
});

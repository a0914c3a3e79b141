import { credsAuthenticator, type Authenticator, type ConnectionOptions } from "@nats-io/transport-node";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** Files that let us in at NATS, and that its servers are known by: their paths. They may be renewed while we run. */
export interface AccessFiles {
  /** A .creds file: a JWT, and the seed of its key. */
  readonly creds?: string | undefined;
  /** Certificates (PEM) of those who may vouch for the servers. */
  readonly ca?: string | undefined;
  /** A certificate of ours (PEM), and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * What the client library needs to know of these files. @param isTls whether the servers are spoken to over TLS in any case
 * @throws Error that names the setting, and what is wrong with its file
 */
export function accessOptions({ creds, ca, cert, key }: AccessFiles, isTls: boolean): ConnectionOptions {
  if (ca !== undefined) certificateIn("SWITCHBOARD_NATS_CA", ca);
  demandPair(cert, key);
  const usesTls = isTls || (ca ?? cert) !== undefined;
  return {
    ...(usesTls && {
      tls: {
        ...(ca !== undefined && { caFile: ca }),
        ...(cert !== undefined && { certFile: cert }),
        ...(key !== undefined && { keyFile: key }),
      },
    }),
    ...(creds !== undefined && { authenticator: authenticatorOf(creds) }),
  };
}

/** When the credentials of the file end, in ms since 1970; undefined where they do not, or cannot be read. */
export function credentialsEnd(path: string): number | undefined {
  const jwt = /BEGIN NATS USER JWT-+\s*([\w.-]+)/.exec(textOf(path) ?? "")?.[1];
  const claims = Buffer.from(jwt?.split(".")[1] ?? "", "base64url").toString();
  const [, end] = /"exp":\s*(\d+)/.exec(claims) ?? [];
  return end === undefined ? undefined : Number(end) * 1_000;
}

/** Signs with the file as it is at each attempt; while it cannot be used, as it was before: the library would close for good. */
function authenticatorOf(path: string): Authenticator {
  const read = () => readAs("SWITCHBOARD_NATS_CREDS", path);
  const sign = (creds: string, nonce?: string) => credsAuthenticator(Buffer.from(creds))(nonce);
  let good = read();
  parsed(`SWITCHBOARD_NATS_CREDS: ${path} holds no credentials of NATS (a .creds file)`, () => sign(good));
  return (nonce) => {
    try {
      const fresh = read();
      const signed = sign(fresh, nonce);
      good = fresh;
      return signed;
    } catch {
      return sign(good, nonce);
    }
  };
}

function demandPair(cert: string | undefined, key: string | undefined): void {
  if (cert === undefined && key === undefined) return;
  if (cert === undefined)
    throw new Error("SWITCHBOARD_NATS_KEY: needs its certificate, SWITCHBOARD_NATS_CERT");
  if (key === undefined) throw new Error("SWITCHBOARD_NATS_CERT: needs its key, SWITCHBOARD_NATS_KEY");
  const certificate = certificateIn("SWITCHBOARD_NATS_CERT", cert);
  const text = readAs("SWITCHBOARD_NATS_KEY", key);
  const fault = `SWITCHBOARD_NATS_KEY: ${key} holds no PEM key that can be used without a passphrase`;
  if (!certificate.checkPrivateKey(parsed(fault, () => createPrivateKey(text))))
    throw new Error(`SWITCHBOARD_NATS_KEY: ${key} is not the key of the certificate in ${cert}`);
}

function certificateIn(setting: string, path: string): X509Certificate {
  const text = readAs(setting, path);
  return parsed(`${setting}: ${path} holds no PEM certificate`, () => new X509Certificate(text));
}

function readAs(setting: string, path: string): string {
  return parsed(`${setting}: ${path} cannot be read`, () => readFileSync(path, "utf8"));
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parsed<Value>(fault: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    throw new Error(fault, { cause });
  }
}

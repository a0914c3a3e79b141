import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";

/** A certificate, with the chain above it, and its key: PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The PEM files of a certificate; read again when they change, and through links as they then are. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Reads the pair. @throws Error that names the setting, and what is wrong with its file */
export async function readCertificate(files: CertificateFiles): Promise<Certificate> {
  const pair = await textsOf(files);
  demandPair(pair, files);
  return pair;
}

/** When the certificate ends, in ms since 1970. */
export function certificateEnd({ cert }: Certificate): number {
  return new X509Certificate(cert).validToDate.getTime();
}

async function textsOf(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([
    read("SWITCHBOARD_TLS_CERT", files.cert),
    read("SWITCHBOARD_TLS_KEY", files.key),
  ]);
  return { cert, key };
}

async function read(setting: string, path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    throw new Error(`${setting}: cannot be read: ${(error as Error).message}`);
  });
}

function demandPair({ cert, key }: Certificate, files: CertificateFiles): void {
  const certificate = parsed(`SWITCHBOARD_TLS_CERT: ${files.cert} holds no PEM certificate`, () => {
    return new X509Certificate(cert);
  });
  const privateKey = parsed(
    `SWITCHBOARD_TLS_KEY: ${files.key} holds no PEM key that can be used without a passphrase`,
    () => createPrivateKey(key),
  );
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error(`SWITCHBOARD_TLS_KEY: ${files.key} is not the key of the certificate in ${files.cert}`);
}

function parsed<Value>(fault: string, parse: () => Value): Value {
  try {
    return parse();
  } catch (cause) {
    throw new Error(fault, { cause });
  }
}

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import type { Certificate, CertificateFiles } from "../src/transport/certificate.ts";

/** A certificate of its own making for 127.0.0.1, whose subject is this name. */
export async function certificateOf(name: string, days = 90): Promise<Certificate> {
  const notAfterDate = new Date(Date.now() + days * 24 * 60 * 60_000);
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    notAfterDate,
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  return { cert, key };
}

/** Certificates in files as certbot keeps them: links in one folder, turned to the newest pair of another. */
export class CertificateFolder implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "switchboard-tls-"));
  readonly files: CertificateFiles = {
    cert: join(this.#folder, "fullchain.pem"),
    key: join(this.#folder, "privkey.pem"),
  };
  #count = 0;

  constructor(pair: Certificate) {
    this.turnTo(pair);
  }

  /** Puts the pair beside the others, and turns both links to it. */
  turnTo({ cert, key }: Certificate): void {
    const archive = join(this.#folder, `archive${(this.#count += 1)}`);
    mkdirSync(archive);
    for (const [link, text, name] of [
      [this.files.cert, cert, "cert.pem"],
      [this.files.key, key, "key.pem"],
    ] as const) {
      const file = join(archive, name);
      writeFileSync(file, text);
      symlinkSync(file, `${link}.new`);
      renameSync(`${link}.new`, link);
    }
  }

  /** Writes over the files where they lie. */
  write({ cert, key }: Partial<Certificate>): void {
    if (cert !== undefined) writeFileSync(this.files.cert, cert);
    if (key !== undefined) writeFileSync(this.files.key, key);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

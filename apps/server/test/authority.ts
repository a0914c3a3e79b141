import { generate } from "selfsigned";
import type { Certificate } from "../src/transport/certificate.ts";

const dayMs = 24 * 60 * 60_000;

/** Who vouches for certificates: one of its own, that no system knows. */
export class Authority {
  readonly #own: Certificate;

  private constructor(own: Certificate) {
    this.#own = own;
  }

  static async called(name: string): Promise<Authority> {
    const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      extensions: [
        { name: "basicConstraints", cA: true },
        { name: "keyUsage", keyCertSign: true, digitalSignature: true },
      ],
    });
    return new Authority({ cert, key });
  }

  get cert(): string {
    return this.#own.cert;
  }

  /** A certificate for servers and clients at this address, that ends in so many days. */
  async vouchFor(ip: string, days = 90): Promise<Certificate> {
    const { cert, private: key } = await generate([{ name: "commonName", value: "nats" }], {
      keyType: "ec",
      algorithm: "sha256",
      ca: this.#own,
      notBeforeDate: new Date(Date.now() - 10 * dayMs),
      notAfterDate: new Date(Date.now() + days * dayMs),
      extensions: [
        { name: "basicConstraints", cA: false },
        { name: "extKeyUsage", serverAuth: true, clientAuth: true },
        { name: "subjectAltName", altNames: [{ type: 7, ip }] },
      ],
    });
    return { cert, key };
  }
}

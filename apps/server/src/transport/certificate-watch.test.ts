import { X509Certificate } from "node:crypto";
import { rmSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { certificateOf, CertificateFolder } from "../../test/certificates.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { readCertificate, type Certificate } from "./certificate.ts";
import { watchCertificate } from "./certificate-watch.ts";

let [first, second, third]: Certificate[] = [];
const cleanups: (() => void)[] = [];

beforeAll(async () => {
  [first, second, third] = await Promise.all(["first", "second", "third"].map((name) => certificateOf(name)));
});

afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** A folder that holds the first certificate and is watched; `turns` are what was heard of it, in order. */
async function watched(onChanged: (name: string) => void = () => {}) {
  const folder = new CertificateFolder(first as Certificate);
  const clock = new ManualClock();
  const turns: string[] = [];
  const inUse = await readCertificate(folder.files);
  const stop = watchCertificate(folder.files, inUse, clock, {
    changed({ cert }) {
      const name = new X509Certificate(cert).subject.replace("CN=", "");
      turns.push(name);
      onChanged(name);
    },
    failed: (error) => turns.push((error as Error).message.replace(/ \/.*?(?= |$)/g, "")),
  });
  cleanups.push(stop, () => folder[Symbol.dispose]());
  /** Time goes on until it was heard so often. */
  const until = async (count: number) => {
    await expect
      .poll(
        () => {
          clock.advance(1_000);
          return turns.length;
        },
        { timeout: 30_000, interval: 5 },
      )
      .toBe(count);
    return turns.at(-1);
  };
  /** So many looks at the files. */
  const looks = async (count: number) => {
    for (let i = 0; i < count; i++) {
      clock.advance(1_000);
      await Bun.sleep(5);
    }
  };
  return { folder, turns, until, looks, stop };
}

describe("[R27] files that change", () => {
  it("links that are turned, and files that are written over, are seen", async () => {
    const { folder, until } = await watched();
    folder.turnTo(second as Certificate);
    expect(await until(1)).toBe("second");
    folder.write(third as Certificate);
    expect(await until(2)).toBe("third");
    folder.turnTo(first as Certificate);
    expect(await until(3)).toBe("first");
  });

  it("what cannot be used is told once, and a good pair after it is taken", async () => {
    const { folder, turns, until, looks } = await watched();
    folder.write({ cert: (second as Certificate).cert });
    expect(await until(1)).toMatch(/^SWITCHBOARD_TLS_KEY: is not the key of the certificate in/);
    await looks(10);
    folder.write({ cert: "nonsense" });
    expect(await until(2)).toBe("SWITCHBOARD_TLS_CERT: holds no PEM certificate");
    rmSync(folder.files.key);
    folder.write({ cert: (second as Certificate).cert });
    expect(await until(3)).toMatch(/^SWITCHBOARD_TLS_KEY: cannot be read: ENOENT/);
    folder.turnTo(second as Certificate);
    expect(await until(4)).toBe("second");
    await looks(10);
    expect(turns).toHaveLength(4);
  });

  it("a listener that fails is told so, and the next change is heard", async () => {
    const { folder, until } = await watched((name) => {
      if (name === "second") throw new Error("no port");
    });
    folder.turnTo(second as Certificate);
    expect(await until(2)).toBe("no port");
    folder.turnTo(third as Certificate);
    expect(await until(3)).toBe("third");
  });

  it("nothing is heard where nothing changed, or once it is over", async () => {
    const { folder, turns, looks, stop } = await watched();
    folder.turnTo(first as Certificate);
    await looks(5);
    folder.turnTo(second as Certificate);
    stop();
    await looks(5);
    expect(turns).toEqual([]);
  });
});

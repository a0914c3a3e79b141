import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { natsNode } from "../../apps/server/test/nats-nodes.ts";
import { isFull } from "../recovery/size.ts";
import { NatsCluster } from "./nats-cluster.ts";

const rounds = 30;

// A cluster of NATS 2.12 or newer refuses whoever writes a subject that somebody else is about to write, with words of its own.
it.runIf(isFull)(
  "[R29] [R26] three nodes write the same topic's last word at once, and are shown the same ticket at once",
  async () => {
    await using nats = await NatsCluster.start();
    const start = () => natsNode(nats.urls.split(","), "sb");
    await using a = await start();
    await using b = await start();
    await using c = await start();
    const nodes = [a, b, c];
    // Of a cluster older than that, one of two may be overwritten that should not be (nats-server issue 4320).
    const isSound = await nats.isSound();
    for (let round = 0; round < rounds; round++) {
      const publishing = nodes.map((node, i) => {
        const [publication, data] = [`${round}-${i}`, String(round)];
        return node.publish("kept.a", { publication, name: "m", data, retain: true });
      });
      const events = (await Promise.all(publishing)).map(({ event }) => event);
      const newest = events.toSorted((one, other) => other.offset - one.offset)[0];
      if (isSound) expect((await b.retained("kept.a"))?.publication).toBe(newest?.publication);
      const uses = await Promise.allSettled(nodes.map(({ records }) => records.useUp(String(round))));
      const codes = uses.flatMap((use) =>
        use.status === "rejected" ? (use.reason as { code: string }).code : [],
      );
      expect(codes).toEqual(["unauthenticated", "unauthenticated"]);
    }
  },
);

it.runIf(isFull)(
  "[R38] a node that starts while the account's storage is used up knows what the nodes agreed on",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "switchboard-at-once-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const config = join(folder, "nats.conf");
    const users = "users: [{ user: ann, password: secret }]";
    writeFileSync(
      config,
      `jetstream {}\naccounts { A { jetstream { max_file: 2MB }, ${users} } }\nno_auth_user: ann\n`,
    );
    await using nats = await NatsCluster.start(["-c", config]);
    await using node = await natsNode(nats.urls.split(","), "sb");
    const publishUntilRefused = async (data: string) => {
      for (let i = 0; i < 10_000; i++) await node.publish("kept.a", { publication: "p", name: "m", data });
    };
    for (const size of [20_000, 1_000, 1, 1, 1])
      await expect(publishUntilRefused(JSON.stringify("x".repeat(size)))).rejects.toThrow(
        "its account's storage is used up",
      );
    await using late = await natsNode(nats.urls.split(","), "sb");
    expect(late.records.secret).toBe(node.records.secret);
  },
);

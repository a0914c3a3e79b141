import { expect, it } from "vitest";
import { Ears, natsNode, publishSurely } from "../../apps/server/test/nats-nodes.ts";
import { isFull } from "../recovery/size.ts";
import { until } from "../recovery/until.ts";
import { NatsCluster } from "./nats-cluster.ts";
import { report } from "./report.ts";

const topics = Array.from({ length: 8 }, (_, i) => `kept.${i}`);
const patience = { ms: 90_000, everyMs: 50 } as const;

// Half a minute: it runs with SWITCHBOARD_TEST_FULL=1.
it.runIf(isFull)(
  "[R7] without a majority of the NATS servers nothing is acknowledged; what was before is not lost when one of them then dies",
  async () => {
    await using nats = await NatsCluster.start();
    await using engine = await natsNode(nats.urls.split(","), "sb");
    const ears = new Ears();
    for (const topic of topics) await engine.listen(topic, "exact", ears);
    const acknowledged = new Map<string, number[]>(topics.map((topic) => [topic, []]));
    const publishAll = async (data: string) => {
      for (const topic of topics)
        acknowledged.get(topic)?.push((await publishSurely(engine, topic, data)).offset);
    };
    for (let i = 0; i < 20; i++) await publishAll(`before ${i}`);
    await nats.whole();
    const [first, ...others] = nats.servers;
    for (const server of others) await server.signal("SIGSTOP");
    const refusals = await Promise.all(
      topics.map((topic) => engine.publish(topic, { publication: "p", name: "n", data: "0" }).catch(String)),
    );
    for (const refusal of refusals) expect(refusal).toMatch(/known whether|reached|broke/);
    await first?.signal("SIGKILL");
    for (const server of others) await server.signal("SIGCONT");
    for (let i = 0; i < 5; i++) await publishAll(`after ${i}`);
    let lost = 0;
    for (const topic of topics) {
      const history = await engine.history(topic, { last: 1_000 });
      const stored: number[] = [];
      for (let page = await history.next(); page.length > 0; page = await history.next())
        stored.push(...page.map(({ offset }) => offset));
      lost += (acknowledged.get(topic) ?? []).filter((offset) => !stored.includes(offset)).length;
      await until(() => ears.offsets(topic).at(-1) === stored.at(-1), patience);
      expect(ears.offsets(topic)).toEqual(stored);
    }
    const count = [...acknowledged.values()].flat().length;
    report("majority lost", { acknowledged: count, lost, refused: refusals.length });
    expect(lost).toBe(0);
  },
);

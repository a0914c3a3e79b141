// What the compiler must take, and what it must not: `bun run check` fails where a line that is marked so is right.
import { createPublisher, defineContract } from "../src/index.ts";
import { createClient } from "../src/index.ts";
import { contract } from "../test/contract.ts";

const publisher = createPublisher({ contract, url: "http://127.0.0.1", validate: "received" });

/** Publishes over HTTP. */
export async function publishes() {
  await publisher.publish({ crmIds: ["42"], name: "note", data: { text: "hello" } });
  await publisher.publishBatch([
    { crmIds: ["42"], name: "note", data: { text: "hello" } },
    { topic: "news", name: "headline", data: { title: "t" } },
  ]);
  // @ts-expect-error: the text is a text
  await publisher.publish({ crmIds: ["42"], name: "note", data: { text: 1 } });
  // @ts-expect-error: there is no event of this name
  await publisher.publishBatch([{ topic: "news", name: "note", data: { text: "hello" } }]);
  const { ok } = await publisher.call("deal.close", { id: "1" });
  void (ok satisfies boolean);
  // @ts-expect-error: the id is a text
  await publisher.call("deal.close", { id: 1 });
}

/** Contracts without records, and clients without contracts. */
export async function others() {
  const client = createClient({ contract: defineContract({ procedures: {} }) });
  // @ts-expect-error: this contract knows no records
  client.follow("42");
  const plain = createClient({ url: "http://127.0.0.1" });
  plain.follow("42", ({ data }) => data satisfies unknown);
  plain.follow<{ readonly amount: number }>("42", ({ data }) => data.amount satisfies number);
  await plain.publish({ topic: "whatever", data: 1 });
  void ((await plain.call("whatever", 1)) satisfies unknown);
  plain.handle("whatever", ({ input }) => input);
  // @ts-expect-error: the validation has another name
  createPublisher({ contract, url: "", validate: "sometimes" });
}

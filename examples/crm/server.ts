// A small CRM on Switchboard: bun examples/crm/server.ts, and then, in other terminals: bun examples/crm/client.ts 42
import { createSwitchboard, Refusal, type Switchboard, type SwitchboardOptions } from "@switchboard/server";
import { contract } from "./contract.ts";

/** A CRM server: where it listens, and all that the contract lets its own code do. */
export type Crm = Switchboard<typeof contract>;

type Options = Partial<Pick<SwitchboardOptions, "port" | "pages" | "dataDir" | "log" | "drainMs">>;

/** Starts the server; resolves when it listens. */
export async function startCrm(options: Options = {}): Promise<Crm> {
  const closedAt = new Map<string, number>();

  const crm: Crm = await createSwitchboard({
    ...options,
    contract,

    // A handler for each procedure that the contract has the server answer: without it, this would not compile.
    procedures: {
      async "deal.close"(call) {
        // The input was checked against the contract before it came here; its type is known.
        const { crmId, dealId, amount } = call.input;
        const before = closedAt.get(dealId);
        if (before !== undefined)
          throw call.error("ALREADY_CLOSED", `deal ${dealId} is closed`, { closedAt: before });

        // The server calls a client, by crmId: whoever has the record open is asked. If the caller gives up, so does the question.
        call.progress({ step: "asking" });
        const { yes } = await crm.call(
          "crm.{crmId}.confirm",
          { question: `Close deal ${dealId} for ${amount}?` },
          { params: { crmId }, signal: call.signal, timeoutMs: 20_000 },
        );
        if (!yes) throw call.error("NOT_CONFIRMED", `deal ${dealId} stays open`, { crmId });
        closedAt.set(dealId, Date.now());

        // With a receipt, the server learns how many of those who were told have handled it.
        call.progress({ step: "telling" });
        const { receipt } = await crm.publish({
          crmIds: [crmId],
          name: "deal.updated",
          data: { dealId, state: "closed", amount },
          receipt: 2_000,
        });
        return { seenBy: receipt?.acked ?? 0 };
      },
    },

    hooks: {
      // Refuses a subscription: the client hears the message, and nothing else changes for it.
      onSubscribe(_, topic) {
        if (topic === "crm.board") throw new Refusal("forbidden", "topic: the board's record is not for you");
      },
      // Changes what is published: a note says who wrote it, whatever its author claims.
      onPublish(session, { name, data }) {
        if (name !== "note.added") return undefined;
        return { data: { ...(data as object), by: session?.client ?? "a back end" } };
      },
    },
  });
  return crm;
}

if (import.meta.main) {
  const crm = await startCrm({ port: Number(process.env.PORT ?? 8080), dataDir: "data/crm" });
  console.log(`The CRM listens on ${crm.url.href}`);
  // What every server answers, without a contract: who is connected, what they follow, who is on a topic, what it has kept.
  console.log(`Ask it: curl -d '{"procedure":"switchboard.sessions"}' ${crm.url.href}api/v1/call`);
  process.once("SIGINT", () => void crm.close());
}

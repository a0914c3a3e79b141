// What the compiler must not take of a server: `bun run check` fails where a line that is marked so is right.
import { createSwitchboard } from "@switchboard/server";
import { contract } from "./contract.ts";

/** Never called: it is compiled. */
export async function mistakes() {
  const yes = () => ({ seenBy: 1 });
  // @ts-expect-error: the handlers are missing
  await createSwitchboard({ contract });
  // @ts-expect-error: the handler of deal.close is missing
  await createSwitchboard({ contract, procedures: {} });
  // @ts-expect-error: the output is another
  await createSwitchboard({ contract, procedures: { "deal.close": () => ({ seenBy: "all" }) } });
  // @ts-expect-error: clients answer that one
  await createSwitchboard({ contract, procedures: { "deal.close": yes, "crm.{crmId}.confirm": yes } });

  const crm = await createSwitchboard({
    contract,
    procedures: {
      "deal.close": (call) => {
        call.input.amount satisfies number;
        // @ts-expect-error: the procedure has no such error
        if (call.input.amount === 1) throw call.error("GONE", "gone", {});
        // @ts-expect-error: the error has other details
        if (call.input.amount === 2) throw call.error("ALREADY_CLOSED", "closed", { at: 1 });
        // @ts-expect-error: that is no step
        call.progress({ step: "closing" });
        return { seenBy: 1 };
      },
    },
  });
  // @ts-expect-error: the amount is missing
  await crm.publish({ crmIds: ["42"], name: "deal.updated", data: { dealId: "1", state: "open" } });
  // @ts-expect-error: there is no event of this name
  await crm.publish({ crmIds: ["42"], name: "deal.closed", data: {} });
  // @ts-expect-error: which record is meant?
  await crm.call("crm.{crmId}.confirm", { question: "?" });
}

// What the CRM's server, its clients and its back ends agree on: the one place where a name or a field is written down.
import { defineContract } from "@switchboard/protocol";
import * as z from "zod";

const crmId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

export const contract = defineContract({
  topics: {
    // One topic for each record; whoever follows crmId 42 hears crm.42.
    "crm.{crmId}": {
      "deal.updated": z.object({ dealId: z.string(), state: z.enum(["open", "closed"]), amount: z.number() }),
      "note.added": z.object({ text: z.string().max(1_000), by: z.string().optional() }),
    },
  },
  procedures: {
    // The server answers this one: it must have a handler for it.
    "deal.close": {
      by: "server",
      input: z.object({ crmId, dealId: z.string(), amount: z.number().positive() }),
      output: z.object({ seenBy: z.int() }),
      progress: z.object({ step: z.enum(["asking", "telling"]) }),
      errors: {
        ALREADY_CLOSED: z.object({ closedAt: z.number() }),
        NOT_CONFIRMED: z.object({ crmId }),
      },
    },
    // Whoever has the record open answers this one.
    "crm.{crmId}.confirm": {
      by: "client",
      input: z.object({ question: z.string() }),
      output: z.object({ yes: z.boolean() }),
    },
  },
});

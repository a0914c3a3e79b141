import { defineContract } from "../src/index.ts";
import { date, number, record } from "./schemas.ts";

/** The contract of the tests. */
export const contract = defineContract({
  topics: {
    "crm.{crmId}": {
      "deal.updated": record({ amount: "number" }),
      note: record({ text: "string" }),
      due: date,
    },
    news: { headline: record({ title: "string" }) },
  },
  procedures: {
    "deal.close": {
      by: "server",
      input: record({ id: "string" }),
      output: record({ ok: "boolean" }),
      progress: number,
      errors: { GONE: record({ at: "number" }), BUSY: record({ by: "string" }) },
    },
    "crm.{crmId}.confirm": {
      by: "client",
      input: record({ question: "string" }),
      output: record({ yes: "boolean" }),
      progress: number,
      errors: { NOBODY_HERE: record({ since: "number" }) },
    },
    "server.time": { by: "server", output: date },
    "client.ping": { by: "client" },
  },
});

// Opens a record of the CRM: bun examples/crm/client.ts 42; with a deal, it closes it: bun examples/crm/client.ts 42 d-1 900
// Open this file in an editor and point at `event` and `data`: the types below come from the contract, none is written here.
import { createClient } from "@switchboard/sdk";
import { contract } from "./contract.ts";

/** Opens a record: shows what happens to it and who is there, and answers the server's questions. */
export function openRecord(url: string, name: string, crmId: string, show: (line: string) => void) {
  const client = createClient({ contract, url, client: name });

  client.subscribe("crm.{crmId}", { crmId }, (event) => {
    // The event's name tells what its data are; a name that the contract does not have is a type error.
    if (event.name === "deal.updated") show(`deal ${event.data.dealId} is ${event.data.state}`);
    else show(`${event.data.by ?? "somebody"} notes: ${event.data.text}`);
  });

  const presence = client.follow(crmId, {
    presence: ({ present, joined, left }) =>
      show(`${present.length} here, +${joined.length} -${left.length}`),
  });

  // Several may have the record open: the last one who opened it is asked.
  const handler = client.handle(
    "crm.{crmId}.confirm",
    { crmId },
    ({ input }) => {
      show(`${input.question} yes`);
      return { yes: true };
    },
    { invoke: "last" },
  );
  return { client, ready: Promise.all([presence.ready, handler.ready]) };
}

/** Closes a deal, and says how that went: each of its declared errors has its own details. */
export async function closeDeal(
  { client }: Pick<ReturnType<typeof openRecord>, "client">,
  input: { crmId: string; dealId: string; amount: number },
  options: { onProgress?: (part: { step: string }) => void; signal?: AbortSignal } = {},
): Promise<string> {
  const result = await client.try("deal.close", input, options);
  if (result.ok) return `closed, seen by ${result.data.seenBy}`;
  const { error } = result;
  if (error.code === "ALREADY_CLOSED")
    return `closed since ${new Date(error.details.closedAt).toISOString()}`;
  if (error.code === "NOT_CONFIRMED") return `${error.details.crmId} says no`;
  return `${error.code}: ${error.message}`;
}

if (import.meta.main) {
  const [crmId = "42", dealId, amount] = process.argv.slice(2);
  const url = process.env.SWITCHBOARD_URL ?? "http://127.0.0.1:8080";
  const record = openRecord(url, `client ${process.pid}`, crmId, console.log);
  await record.ready;
  if (dealId !== undefined) {
    const onProgress = ({ step }: { step: string }) => console.log(`${step} …`);
    console.log(await closeDeal(record, { crmId, dealId, amount: Number(amount ?? 1) }, { onProgress }));
    record.client.close();
  }
}

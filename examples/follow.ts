// Prints what is published for CRM records, across every outage: bun examples/follow.ts 42 43
// The server is SWITCHBOARD_URL (http://127.0.0.1:8080), the token SWITCHBOARD_TOKEN, if it wants one.
import { createClient } from "@switchboard/sdk";

const crmIds = process.argv.slice(2);
if (crmIds.length === 0) {
  console.error("usage: bun examples/follow.ts <crmId> [<crmId> …]");
  process.exit(2);
}

const { SWITCHBOARD_URL: url = "http://127.0.0.1:8080", SWITCHBOARD_TOKEN: token } = process.env;
const client = createClient({ url, token, client: "examples/follow" });

client.onStatus((status) => {
  if (status.state === "waiting") console.error(`${status.reason}; trying again (${status.attempt})`);
  if (status.state === "closed") console.error(`closed: ${status.reason}`);
});
process.once("SIGINT", () => client.close());

await Promise.all(crmIds.map((crmId) => print(crmId)));

async function print(crmId: string): Promise<void> {
  const subscription = client.follow(crmId, {
    gap: ({ topic }) => console.error(`${topic}: some events are gone`),
    recovered: ({ count }) => count > 0 && console.error(`crm.${crmId}: ${count} missed events recovered`),
  });
  for await (const { offset, name, text } of subscription) console.log(`${crmId} ${offset} ${name} ${text}`);
}

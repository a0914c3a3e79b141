import { isCrmId, topicOfCrmId } from "@switchboard/protocol";
import { createClient, createPublisher, jsonText } from "@switchboard/sdk";
import { parseArgs } from "node:util";

const defaultUrl = "http://127.0.0.1:8080";
const topicOf = (word: string) => (isCrmId(word) ? topicOfCrmId(word) : word);

/** `publish <crmId|topic> <json>`: publishes once, and prints the answer. */
export async function publish(args: readonly string[]): Promise<void> {
  const options = { url: { type: "string", default: defaultUrl }, name: { type: "string" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [target, data] = positionals;
  if (target === undefined || data === undefined)
    throw new Error("usage: switchboard publish <crmId|topic> <json>");
  const publisher = createPublisher({ url: values.url });
  const name = values.name === undefined ? {} : { name: values.name };
  console.log(
    JSON.stringify(await publisher.publish({ topic: topicOf(target), data: jsonText(data), ...name })),
  );
}

/** `listen <crmId|topic>...`: prints each event as a line of JSON, until it is stopped. */
export async function listen(args: readonly string[]): Promise<void> {
  const options = { url: { type: "string", default: defaultUrl } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (positionals.length === 0) throw new Error("usage: switchboard listen <crmId|topic>...");
  const client = createClient({ url: values.url, client: "switchboard listen" });
  client.onStatus((status) =>
    console.error(`${status.state}${"reason" in status ? `: ${status.reason}` : ""}`),
  );
  for (const word of positionals) {
    client.subscribe(topicOf(word), (event) => {
      const { topic, name, offset, time, publication, text } = event;
      const head = JSON.stringify({ topic, name, offset, time, publication });
      console.log(`${head.slice(0, -1)},"data":${text}}`);
    });
  }
}

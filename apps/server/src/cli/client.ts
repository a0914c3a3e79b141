import { isCrmId, topicOfCrmId } from "@switchboard/protocol";
import { createClient, createPublisher, jsonText, type JsonText } from "@switchboard/sdk";
import { parseArgs } from "node:util";

/** Where the server is, and what shows that one may: an API key or a token. */
const options = { url: { type: "string" }, token: { type: "string" } } as const;

const topicOf = (word: string) => (isCrmId(word) ? topicOfCrmId(word) : word);

/** `publish <crmId|topic> <json>`: publishes once, and prints the answer. */
export async function publish(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...options, name: { type: "string" } },
    allowPositionals: true,
  });
  const [target, data] = positionals;
  if (target === undefined || data === undefined)
    throw new Error(
      "usage: switchboard publish <crmId|topic> <json> [--name NAME] [--url URL] [--token TOKEN]",
    );
  const { url, token } = serverOf(values);
  const publisher = createPublisher({ url, ...(token !== undefined && { apiKey: token }) });
  const name = values.name === undefined ? {} : { name: values.name };
  const answer = await publisher.publish({ topic: topicOf(target), data: jsonOf(data), ...name });
  console.log(JSON.stringify(answer));
}

/** `listen <crmId|topic>...`: prints each event as a line of JSON, until it is stopped. */
export async function listen(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (positionals.length === 0)
    throw new Error("usage: switchboard listen <crmId|topic>... [--url URL] [--token TOKEN]");
  const { url, token } = serverOf(values);
  const client = createClient({ url, client: "switchboard listen", ...(token !== undefined && { token }) });
  let told = "";
  client.onStatus((status) => {
    const text = `${status.state}${"reason" in status ? `: ${status.reason}` : ""}`;
    if (text !== told) console.error(text);
    told = text;
    if (status.state === "closed") process.exitCode = 1;
  });
  for (const word of positionals) {
    client.subscribe(topicOf(word), (event) => {
      const { topic, name, offset, time, publication, text } = event;
      const head = JSON.stringify({ topic, name, offset, time, publication });
      console.log(`${head.slice(0, -1)},"data":${text}}`);
    });
  }
}

function serverOf(flags: { readonly url?: string | undefined; readonly token?: string | undefined }) {
  const { SWITCHBOARD_URL, SWITCHBOARD_TOKEN } = process.env;
  return {
    url: flags.url ?? SWITCHBOARD_URL ?? "http://127.0.0.1:8080",
    token: flags.token ?? SWITCHBOARD_TOKEN,
  };
}

function jsonOf(text: string): JsonText {
  try {
    return jsonText(text);
  } catch (error) {
    const like = `'${JSON.stringify({ text: "hello" })}'`;
    throw new Error(`the data must be JSON, such as ${like}: ${(error as Error).message}`, { cause: error });
  }
}

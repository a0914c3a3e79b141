// Publishes from a back end: bun examples/publisher.ts 42 '{"text":"hello"}'
// The server is SWITCHBOARD_URL (http://127.0.0.1:8080), the API key SWITCHBOARD_API_KEY, if it wants one.
import { createPublisher, jsonText, SwitchboardError } from "@switchboard/sdk";

const [crmId, data] = process.argv.slice(2);
if (crmId === undefined || data === undefined) {
  console.error(`usage: bun examples/publisher.ts <crmId> <JSON>`);
  process.exit(2);
}

const { SWITCHBOARD_URL: url = "http://127.0.0.1:8080", SWITCHBOARD_API_KEY: apiKey } = process.env;
const publisher = createPublisher({ url, apiKey });

try {
  const { publication, results } = await publisher.publish({ crmIds: [crmId], data: jsonText(data) });
  for (const { topic, offset, receivers } of results)
    console.log(`${publication} in ${topic} at ${offset}, sent to ${receivers ?? "?"}`);
} catch (error) {
  if (!(error instanceof SwitchboardError || error instanceof SyntaxError)) throw error;
  console.error(error instanceof SwitchboardError ? `${error.code}: ${error.message}` : error.message);
  process.exit(1);
}

import { it } from "vitest";
import { app, everyLanguageMeets } from "../platform/languages.ts";
import { Nodes } from "./nodes.ts";

it("[R37] every language meets every other over NATS: senders on one node, listeners on another", async () => {
  await using cluster = await Nodes.start(2, { pusherApps: [app] });
  const [senders, listeners] = cluster.nodes.map(({ url }) => url.href);
  await everyLanguageMeets({ sendersUrl: senders ?? "", listenersUrl: listeners ?? "" });
});

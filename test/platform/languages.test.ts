import { createSwitchboard } from "@switchboard/server";
import { it } from "vitest";
import { app, everyLanguageMeets } from "./languages.ts";

it("[R30][R31][R32][R39] one event of each of five senders reaches listeners of every language, once and equal", async () => {
  const server = await createSwitchboard({
    port: 0,
    dataDir: ":memory:",
    log: "silent",
    drainMs: 0,
    pusherApps: [app],
  });
  try {
    await everyLanguageMeets({ sendersUrl: server.url.href, listenersUrl: server.url.href });
  } finally {
    await server.close();
  }
});

import { describe, it } from "vitest";
import { modelSettings, playModel, type Stage } from "./play-model.ts";
import { ServerProcess } from "./server-process.ts";
import { isFull } from "./size.ts";

/** One server, on the local store. */
async function oneServer(): Promise<Stage> {
  const server = await ServerProcess.start(modelSettings);
  return {
    servers: [server],
    whole: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe("the SDK and the server, with all that a network and a machine do in between", () => {
  it("[R9] [R10] [R11] every client's log is the topic's, each event once and in order, or a gap was told", async () => {
    await playModel({ name: "model", start: oneServer, runMs: isFull ? 60_000 : 15_000 });
  });
});

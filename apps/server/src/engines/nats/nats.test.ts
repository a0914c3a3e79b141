import { afterAll, beforeAll } from "vitest";
import { NatsServer } from "../../../test/nats-server.ts";
import { engineContract } from "../../core/engine.contract.ts";
import { natsEngine } from "./nats.ts";

let server: NatsServer;
beforeAll(async () => {
  server = await NatsServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

let engines = 0;

function fail(error: unknown): never {
  throw error;
}

engineContract("NATS", async ({ retentionOf, clock }) => {
  const engine = natsEngine({
    urls: [new URL(server.url)],
    prefix: `test${(engines += 1)}`,
    retentionOf,
    retainedEventsMax: 100,
    clock,
    tell: () => {},
    report: fail,
  });
  await engine.started;
  return engine;
});

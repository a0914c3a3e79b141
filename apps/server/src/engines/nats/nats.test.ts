import { afterAll, beforeAll, describe } from "vitest";
import { NatsServer, newNatsServer } from "../../../test/nats-server.ts";
import { engineContract } from "../../core/engine.contract.ts";
import { natsEngine } from "./nats.ts";

let engines = 0;

function fail(error: unknown): never {
  throw error;
}

function contractOn(name: string, program: string | undefined): void {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start([], program);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  engineContract(name, async ({ retentionOf, clock }) => {
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
}

describe("with the NATS of the other tests", () => contractOn("NATS", undefined));

// It reads several messages at once, which Debian's does not.
describe.skipIf(newNatsServer === undefined)("with a NATS as clusters need it", () =>
  contractOn("new NATS", newNatsServer),
);

import { type Generator, startGenerator } from "./generator-process.ts";
import type { Reading } from "./load.ts";
import { type Contestant, contestants, type ServerProcess, startServer } from "./processes.ts";
import type { Scenario } from "./scenarios.ts";
import { wsload } from "./wsload.ts";

/** How long and how often each is measured. */
export interface Plan {
  readonly seconds: number;
  /** Pairs of measurements: one of each, next to each other. */
  readonly rounds: number;
  /** The path of wsload: measures with that instead of the bench's own generator. */
  readonly wsload?: string | undefined;
}

/** The readings of both; those with the same index were taken next to each other. */
export interface Readings extends Readonly<Record<Contestant, readonly Reading[]>> {
  /** Too early to tell the speed; but a fault is a fault. */
  readonly warmUps: readonly Reading[];
}

interface Side {
  readonly server: ServerProcess;
  readonly generator: Generator;
}

/** The just-in-time compiler is done with the hot path by then. */
const warmUpSeconds = 2;

/** Measures both in turns, A B B A, each with a server and connections that stay: the machine's moods hit both alike. */
export async function contest(scenario: Scenario, plan: Plan): Promise<Readings> {
  const servers: ServerProcess[] = [];
  const generators: Generator[] = [];
  const warmUps: Reading[] = [];
  const start = async (who: Contestant): Promise<Side> => {
    const server = await startServer(who, scenario.history);
    servers.push(server);
    const generator =
      plan.wsload === undefined
        ? await startGenerator(scenario, server)
        : wsload(plan.wsload, scenario, server);
    generators.push(generator);
    warmUps.push(await generator.measure(warmUpSeconds));
    return { server, generator };
  };
  try {
    const sides = { switchboard: await start("switchboard"), control: await start("control") };
    const readings = await inTurns(plan, (who) => sides[who].generator.measure(plan.seconds));
    if (scenario.history === "disk" && sides.switchboard.server.storedFiles() === 0)
      throw new Error("Switchboard stored nothing in its data directory: this row would compare nothing");
    return { ...readings, warmUps };
  } finally {
    await Promise.all(generators.map((generator) => generator.stop()));
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function inTurns(
  { rounds }: Plan,
  measure: (who: Contestant) => Promise<Reading>,
): Promise<Record<Contestant, Reading[]>> {
  const readings: Record<Contestant, Reading[]> = { switchboard: [], control: [] };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const who of order) readings[who].push(await measure(who));
  }
  return readings;
}

import { fileURLToPath } from "node:url";
import type { Job } from "./generator.ts";
import type { Reading } from "./load.ts";
import { startScript, stopProcess, type ServerProcess } from "./processes.ts";
import type { Scenario } from "./scenarios.ts";

/** Something that puts a server under load. */
export interface Generator {
  /** Loads the server for so long, and says what came of it. */
  measure(seconds: number): Promise<Reading>;
  stop(): Promise<void>;
}

const script = fileURLToPath(import.meta.resolve("./generator.ts"));

/** Starts the bench's own generator; resolves when all its connections are welcomed. */
export async function startGenerator(scenario: Scenario, server: ServerProcess): Promise<Generator> {
  let answer = Promise.withResolvers<unknown>();
  const job: Job = { scenario, url: server.url.href, serverPid: server.pid };
  const child = startScript(script, JSON.stringify(job), (message) => answer.resolve(message));
  const ended = child.exited.then((code): never => {
    throw new Error(`the load generator ended with code ${code}`);
  });
  ended.catch(() => undefined);
  await Promise.race([answer.promise, ended]);
  return {
    async measure(seconds) {
      answer = Promise.withResolvers();
      child.send(seconds);
      return (await Promise.race([answer.promise, ended])) as Reading;
    },
    stop: () => stopProcess(child),
  };
}

import { Load } from "./load.ts";
import type { Scenario } from "./scenarios.ts";

/** What the load generator is started with, as its one argument in JSON. */
export interface Job {
  readonly scenario: Scenario;
  readonly url: string;
  readonly serverPid: number;
}

/** It answers with `"connected"` once, and then each number of seconds with a reading. */
const { scenario, url, serverPid } = JSON.parse(process.argv[2] ?? "") as Job;
const load = await Load.connect(scenario, new URL(url), serverPid);
process.on("message", (seconds: number) => {
  load.measure(seconds).then(
    (reading) => process.send?.(reading),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit());
process.send?.("connected");

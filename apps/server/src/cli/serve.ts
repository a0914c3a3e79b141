import { constants } from "node:os";
import { readSettings } from "../config.ts";
import { createLog } from "../log.ts";
import { createSwitchboard } from "../server.ts";
import { asksWhoConnects } from "../settings.ts";
import { greetingText } from "./greeting.ts";

/** Serves until it is told to stop; a signal that comes while it is starting is heard, too. */
export async function serve(args: readonly string[]): Promise<void> {
  const settings = readSettings(process.env, args);
  const starting = createSwitchboard(settings);
  stopOnSignal(async () => (await starting).close());
  const { url } = await starting;
  outliveFaults(settings.log);
  console.log(greetingText({ url, pagesUrl: settings.pagesUrl, asksWhoConnects: asksWhoConnects(settings) }));
}

/** A fault that nobody caught is logged like any other: those who are connected do not pay for it. */
function outliveFaults(level: string): void {
  const log = createLog(level);
  for (const event of ["unhandledRejection", "uncaughtException"] as const)
    process.on(event, (fault: unknown) => log.error(fault));
}

function stopOnSignal(close: () => Promise<void>): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(128 + constants.signals[signal]);
    stopping = true;
    console.log(`${signal}: ending the sessions; once more to stop at once`);
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
}

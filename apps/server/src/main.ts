#!/usr/bin/env bun
import packageJson from "../package.json";
import { helpText } from "./cli/help.ts";
import { serve } from "./cli/serve.ts";
import { settingDocs } from "./config.ts";

const commands: Record<string, (args: readonly string[]) => Promise<void>> = {
  serve,
  publish: async (args) => (await import("./cli/client.ts")).publish(args),
  listen: async (args) => (await import("./cli/client.ts")).listen(args),
  token: async (args) => (await import("./cli/token.ts")).token(args),
  doctor: async (args) => (await import("./cli/doctor/doctor.ts")).doctor(args),
};

const [first = "serve", ...rest] = process.argv.slice(2);
const isFlag = first.startsWith("-");
const args = isFlag ? [first, ...rest] : rest;
const command = commands[isFlag ? "serve" : first];

if (args.includes("--help") || args.includes("-h") || first === "help") console.log(helpText(settingDocs()));
else if (args.includes("--version")) console.log(packageJson.version);
else if (command === undefined) fail(`switchboard: there is no command "${first}"; see --help`);
else
  await command(args).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

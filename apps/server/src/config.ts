import { parseArgs } from "node:util";
import * as z from "zod";
import { limitTable } from "./core/limits.ts";
import { integer } from "./setting-schemas.ts";
import { clientVariables, secrets, setting, settingTable, type Settings } from "./settings.ts";

/** A setting that is wrong: one line that says which, what was given, and what would be right. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** One line of `--help` and of the reference page. */
export interface SettingDoc {
  readonly env: string;
  readonly flag: string;
  readonly default: string;
  readonly meaning: string;
}

/** Reads the settings from the environment and from flags. @throws ConfigError */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): Settings {
  refuseUnknown(env);
  const givenFor = givenTexts(env, args);
  const read = (name: string, { env: variable, schema }: { env: string; schema: z.ZodType }) => {
    const given = givenFor(variable);
    const parsed = schema.safeParse(given);
    if (parsed.success) return [name, parsed.data] as const;
    const wrong = parsed.error.issues[0]?.message ?? "is not valid";
    const shown = secrets.has(variable) ? "not shown" : JSON.stringify(given);
    throw new ConfigError(`${variable}: ${wrong} (given: ${shown})`);
  };
  const settings = Object.entries(settingTable).map(([name, one]) => read(name, one));
  const limits = Object.entries(limitSettings()).map(([name, one]) => read(name, one));
  return { ...Object.fromEntries(settings), limits: Object.fromEntries(limits) } as unknown as Settings;
}

/** What was given for a setting, by its variable: the flag of its name, else the variable. @throws ConfigError where a flag is unknown */
export function givenTexts(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): (variable: string) => string | undefined {
  const flags = flagsOf(args);
  return (variable) => nonEmpty(flags[flagOf(variable)]) ?? nonEmpty(env[variable]);
}

/** The settings and the limits, for people to read. */
export function settingDocs(): readonly SettingDoc[] {
  return [...Object.values(settingTable), ...Object.values(limitSettings())].map(
    ({ env, schema, meaning }) => ({
      env,
      flag: `--${flagOf(env)}`,
      default: defaultOf(schema),
      meaning,
    }),
  );
}

function limitSettings() {
  const entries = Object.entries(limitTable).map(([name, limit]) => {
    const env = `SWITCHBOARD_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    return [name, setting(env, integer(1, 2 ** 31).default(limit.default), limit.meaning)] as const;
  });
  return Object.fromEntries(entries);
}

function flagsOf(args: readonly string[]): Record<string, string | undefined> {
  const options = Object.fromEntries(
    settingDocs().map(({ flag }) => [flag.slice(2), { type: "string" as const }]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}; see --help`);
  }
}

function refuseUnknown(env: Readonly<Record<string, string | undefined>>): void {
  const known = new Set([...settingDocs().map((doc) => doc.env), ...clientVariables]);
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith("SWITCHBOARD_") || known.has(variable)) continue;
    const isMeant = variable === "SWITCHBOARD_API_KEY";
    const why = isMeant
      ? "is what programs show; the keys a server takes are SWITCHBOARD_API_KEYS"
      : "there is no such setting; see --help";
    throw new ConfigError(`${variable}: ${why}`);
  }
}

function defaultOf(schema: z.ZodType): string {
  const value = (schema instanceof z.ZodPipe ? schema.in : schema) as z.ZodDefault;
  const text = `${(value.def.defaultValue ?? "") as string | number | boolean}`;
  return text === "" ? "–" : text;
}

function flagOf(variable: string): string {
  return variable
    .replace(/^SWITCHBOARD_/, "")
    .toLowerCase()
    .replaceAll("_", "-");
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

import type { Contract, ContractProcedure } from "./contract.ts";
import type { SchemaIssue, StandardSchema } from "./standard-schema.ts";

/** Where a value breaks the contract: a line that names the field, and all of it as data. */
export interface Breach {
  readonly message: string;
  readonly details: readonly { readonly path: string; readonly message: string }[];
}

/** What a check finds: the value as the schema gives it, or a breach. */
export type Checked = { readonly value: unknown } | { readonly breach: Breach };

/** A contract, made ready to be asked about topics and procedures by their full names. */
export interface ContractCheck {
  /** What the event's schema makes of the data; a breach where the contract has no such topic, or no such event there. */
  event(topic: string, name: string, data: unknown): Checked | Promise<Checked>;
  /** The procedure with this name, its pattern and the parameters' values; undefined where the contract has none. */
  procedure(name: string): FoundProcedure | undefined;
}

/** A procedure of the contract, as a full name means it. */
export interface FoundProcedure {
  readonly pattern: string;
  readonly params: Readonly<Record<string, string>>;
  readonly procedure: ContractProcedure;
}

/** Makes the contract ready to be checked against. */
export function checkAgainst(contract: Contract): ContractCheck {
  const topics = Object.entries(contract.topics).map(([pattern, events]) => ({
    events,
    match: contractMatcher(pattern),
  }));
  const procedures = Object.entries(contract.procedures).map(([pattern, procedure]) => ({
    pattern,
    procedure,
    match: contractMatcher(pattern),
  }));
  return {
    event(topic, name, data) {
      const found = topics.find(({ match }) => match(topic) !== undefined);
      if (found === undefined) return breach("topic", `the contract has no topic like ${topic}`);
      const schema = Object.hasOwn(found.events, name) ? found.events[name] : undefined;
      const names = Object.keys(found.events).join(", ");
      return schema ? check(schema, data, "data") : breach("name", `must be one of ${names}, not ${name}`);
    },
    procedure(name) {
      for (const { pattern, procedure, match } of procedures) {
        const params = match(name);
        if (params !== undefined) return { pattern, params, procedure };
      }
      return undefined;
    },
  };
}

/** What the schema makes of a value; a missing schema takes anything. @param field what the value is called in messages */
export function check(
  schema: StandardSchema | undefined,
  value: unknown,
  field: string,
): Checked | Promise<Checked> {
  if (schema === undefined) return { value };
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then((one) => checkedOf(one, field)) : checkedOf(result, field);
}

/** The pattern with its parameters filled in. @throws RangeError for a value that is not one level of a topic */
export function fillPattern(pattern: string, params: Readonly<Record<string, string>>): string {
  return pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value !== undefined && /^[^\s.\p{Cc}]+$/u.test(value)) return value;
    throw new RangeError(`${name}: must be one level of a topic, without dots and white space`);
  });
}

function checkedOf(
  result: { readonly value?: unknown; readonly issues?: readonly SchemaIssue[] | undefined },
  field: string,
): Checked {
  if (result.issues === undefined) return { value: result.value };
  const details = result.issues.map(({ message, path }) => ({ path: pathText(field, path ?? []), message }));
  const [first] = details;
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : "";
  return { breach: { message: `${first?.path}: ${first?.message}${more}`, details } };
}

function breach(path: string, message: string): Checked {
  return { breach: { message: `${path}: ${message}`, details: [{ path, message }] } };
}

function pathText(field: string, path: NonNullable<SchemaIssue["path"]>): string {
  return path.reduce<string>((text, step) => {
    const key = typeof step === "object" ? step.key : step;
    return typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`;
  }, field);
}

/** Makes a contract's pattern ready: what it gives back tells the parameters' values in a full name, undefined where that does not fit. */
export function contractMatcher(
  pattern: string,
): (name: string) => Readonly<Record<string, string>> | undefined {
  const source = pattern
    .split(/(\{\w+\})/)
    .map((part) =>
      part.startsWith("{") ? `(?<${part.slice(1, -1)}>[^.]+)` : part.replaceAll(/[\\^$.*+?()[\]|]/g, "\\$&"),
    )
    .join("");
  const expression = new RegExp(`^${source}$`);
  return (name) => {
    const match = expression.exec(name);
    return match === null ? undefined : { ...match.groups };
  };
}

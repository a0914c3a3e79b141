import * as z from "zod";
import type { Contract } from "./contract.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** A contract as JSON: each schema as JSON Schema (2020-12) of what is sent, where its library can tell; `{}` (anything) elsewhere. */
export interface ContractJson {
  readonly topics: { readonly [pattern: string]: { readonly [eventName: string]: object } };
  readonly procedures: {
    readonly [name: string]: {
      readonly by: "server" | "client";
      readonly input?: object;
      readonly output?: object;
      readonly progress?: object;
      readonly errors?: { readonly [code: string]: object };
    };
  };
}

/** The contract as JSON Schema, for whoever does not speak TypeScript. */
export function contractToJson(contract: Contract): ContractJson {
  return {
    topics: mapValues(contract.topics, (events) => mapValues(events, jsonSchemaOf)),
    procedures: mapValues(contract.procedures, ({ by, input, output, progress, errors }) => ({
      by,
      ...(input && { input: jsonSchemaOf(input) }),
      ...(output && { output: jsonSchemaOf(output) }),
      ...(progress && { progress: jsonSchemaOf(progress) }),
      ...(errors && { errors: mapValues(errors, jsonSchemaOf) }),
    })),
  };
}

function jsonSchemaOf(schema: StandardSchema): object {
  if (schema["~standard"].vendor !== "zod") return {};
  return z.toJSONSchema(schema as unknown as z.ZodType, { io: "input", unrepresentable: "any" });
}

function mapValues<In, Out>(
  object: { readonly [key: string]: In },
  change: (value: In) => Out,
): { readonly [key: string]: Out } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

import { type OutputUnit, Validator } from "@cfworker/json-schema";

import type { Breach } from "./breach.ts";
import { jsonPlaces } from "./json-places.ts";

/** Keywords that only say that something further in is at fault. */
const outer = new Set(
  "properties patternProperties additionalProperties unevaluatedProperties items prefixItems additionalItems unevaluatedItems allOf $ref $dynamicRef if then else".split(
    " ",
  ),
);
const choices = new Set(["anyOf", "oneOf"]);

/** A check of JSON text against a schema (2020-12); it writes no code, which the pages' policy forbids. */
export function schemaCheck(schema: object): (text: string) => Breach[] {
  const validator = new Validator(schema, "2020-12", false);
  return (text) => {
    const { errors } = validator.validate(JSON.parse(text));
    if (errors.length === 0) return [];
    const places = jsonPlaces(text);
    const breaches = breachesIn(errors).map(({ instanceLocation, keyword, error }) => {
      const pointer = decodeURIComponent(instanceLocation.slice(1));
      const { from, to } = places.get(pointer) ?? { from: 0, to: 1 };
      // What is missing has no place of its own: where its object opens, that it is not there is said.
      const end = keyword === "required" ? from + 1 : to;
      return { from, to: end, message: `${pathText(pointer)} ${wordsOf(keyword, error)}` };
    });
    return breaches.toSorted((a, b) => a.from - b.from);
  };
}

/** Of a choice, that none of it fits; why each does not would only confuse. */
function breachesIn(errors: readonly OutputUnit[]): OutputUnit[] {
  const chosen = errors.filter(({ keyword }) => choices.has(keyword)).map((one) => one.keywordLocation);
  const seen = new Set<string>();
  return errors.filter(({ keyword, keywordLocation, instanceLocation }) => {
    if (outer.has(keyword)) return false;
    if (chosen.some((choice) => keywordLocation.startsWith(`${choice}/`))) return false;
    const place = `${instanceLocation} ${keyword} ${keywordLocation}`;
    if (seen.has(place) && keyword !== "required") return false;
    seen.add(place);
    return true;
  });
}

function wordsOf(keyword: string, error: string): string {
  const quoted = [...error.matchAll(/"([^"]*)"/g)].map(([, word]) => word);
  if (keyword === "type") return `must be ${quoted.slice(1).join(" or ")}, not ${quoted[0]}`;
  if (keyword === "required") return `needs "${quoted[0]}"`;
  if (keyword === "false") return "is not in the contract";
  if (keyword === "enum") return `must be one of ${error.replace(/^.*? any of \[|\]\.$/g, "")}`;
  if (keyword === "const") return `must be ${error.replace(/^.*? not match |\.$/g, "")}`;
  if (keyword === "format") return `must be a ${quoted[0]}`;
  if (keyword === "pattern") return "does not have the form that is asked for";
  if (choices.has(keyword)) return "fits none of the forms that are allowed";
  return `is not right: ${error.replace(/\.$/, "")}`;
}

/** `data.lines[0].price`, as the server says it. */
function pathText(pointer: string): string {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce((path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : `${path}.${step}`), "data");
}

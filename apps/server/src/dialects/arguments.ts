import { elementTexts, memberText } from "@switchboard/protocol";

/** What a call, a result or an event of WAMP carries: JSON texts as they were sent, without white space around them. */
interface Arguments {
  readonly args: readonly string[];
  /** A JSON object; undefined where there are none. */
  readonly kwargs?: string;
}

/** The positional and keyword arguments that the data stands for, for languages that have such. @param data JSON text, or undefined for none */
export function argumentsOf(data: string | undefined): Arguments {
  if (data === undefined || data === "null") return { args: [] };
  if (!isEnvelope(data)) return { args: [data] };
  const args = memberText(data, "args");
  const kwargs = memberText(data, "kwargs");
  return {
    args: args === undefined ? [] : elementTexts(args),
    ...(kwargs !== undefined && !isEmptyObject(kwargs) && { kwargs }),
  };
}

/**
 * The data that stands for the arguments: none for none, the argument itself for a single one, else the envelope
 * `{"args":[…],"kwargs":{…}}` without its empty parts. `argumentsOf` turns it back.
 * @param args JSON texts
 * @param kwargs a JSON object
 */
export function dataOf(args: readonly string[], kwargs?: string): string | undefined {
  const named = kwargs === undefined || isEmptyObject(kwargs) ? undefined : kwargs;
  const [first] = args;
  if (named === undefined) {
    if (first === undefined) return undefined;
    if (args.length === 1 && first !== "null" && !isEnvelope(first)) return first;
  }
  const parts = [
    ...(first === undefined ? [] : [`"args":[${args.join(",")}]`]),
    ...(named === undefined ? [] : [`"kwargs":${named}`]),
  ];
  return `{${parts.join(",")}}`;
}

/** How an envelope begins: its first key is one of the two, or is spelt with an escape. */
const envelopeStart = /^\s*\{\s*"(?:args"|kwargs"|[^"\\]{0,6}\\)/;

/** Whether it is an object whose only keys are `args`, a list, or `kwargs`, an object, or both. Few texts are parsed to find out. */
function isEnvelope(text: string): boolean {
  if (!envelopeStart.test(text)) return false;
  const value = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return Object.entries(value).every(([key, part]) =>
    key === "args" ? Array.isArray(part) : key === "kwargs" && isObject(part),
  );
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmptyObject(text: string): boolean {
  return /^\s*\{\s*\}\s*$/.test(text);
}

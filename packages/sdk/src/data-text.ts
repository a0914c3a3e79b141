import { JsonText } from "./json-text.ts";
import { SwitchboardError } from "./switchboard-error.ts";

/**
 * The data as JSON text; undefined where there is none that JSON can say.
 * @throws SwitchboardError invalid_argument where JSON fails on it.
 */
export function dataText(data: unknown): string | undefined {
  if (data instanceof JsonText) return data.text;
  try {
    return JSON.stringify(data);
  } catch (cause) {
    throw new SwitchboardError("invalid_argument", `data: JSON cannot say it: ${String(cause)}`, { cause });
  }
}

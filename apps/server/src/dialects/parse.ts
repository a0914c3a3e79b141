import { Close } from "../core/errors.ts";

/** The frame as JSON. @throws Close (bad frame) where the text is none */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Close("badFrame", "a frame must be one JSON object");
  }
}

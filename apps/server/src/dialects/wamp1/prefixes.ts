import { topicBytesMax, utf8Bytes } from "@switchboard/protocol";
import { malformed } from "./message.ts";

/**
 * How a CURIE becomes a URI: `spec` joins the prefix's URI and the rest; `ratchet` puts a `#` between them, and drops what follows a second
 * colon; `auto` puts a `#` between them where the prefix's URI has none and ends in no other separator.
 */
export type CurieRule = "spec" | "ratchet" | "auto";

/** A topic or a procedure, as a client named it. */
export interface Named {
  readonly topic: string;
  /** Where the client takes it for the plain join of the prefix's URI and the rest, and would not know its events by another name. */
  readonly alias?: typeof joined;
}

/** The alias of a topic under which its first `#` is left out. */
export const joined = "joined";
/** The most prefixes that a session defines; one more ends it. */
const prefixesMax = 1_000;

/** The prefixes that one session has defined. */
export class Prefixes {
  readonly #rule: CurieRule;
  readonly #uris = new Map<string, string>();

  constructor(rule: CurieRule) {
    this.#rule = rule;
  }

  /** From now on the prefix stands for the URI; what was subscribed to before stays. @throws Close where it is too long, or one too many */
  define(prefix: string, uri: string): void {
    if (utf8Bytes(prefix) > topicBytesMax || utf8Bytes(uri) > topicBytesMax)
      throw malformed(`a prefix and its URI have ${topicBytesMax} bytes at most`);
    if (this.#uris.size >= prefixesMax && !this.#uris.has(prefix))
      throw malformed(`a session has ${prefixesMax} prefixes at most`);
    this.#uris.set(prefix, uri);
  }

  /** What a URI or a CURIE names; a CURIE whose prefix is not defined is taken for a URI. */
  resolve(text: string): Named {
    const colon = text.indexOf(":");
    const base = colon === -1 ? undefined : this.#uris.get(text.slice(0, colon));
    if (base === undefined) return { topic: text };
    return this.#rule === "ratchet" ? joinLikeRatchet(base, text, colon) : this.#join(base, text, colon);
  }

  #join(base: string, text: string, colon: number): Named {
    const rest = text.slice(colon + 1);
    if (rest.startsWith("//")) return { topic: text };
    if (this.#rule === "spec" || /#|[/:.?=]$/.test(base)) return { topic: base + rest };
    return { topic: `${base}#${rest}`, alias: joined };
  }
}

function joinLikeRatchet(base: string, text: string, colon: number): Named {
  if (/https?:\/\//.test(text)) return { topic: text };
  return { topic: `${base}#${text.slice(colon + 1).split(":", 1)[0] as string}` };
}

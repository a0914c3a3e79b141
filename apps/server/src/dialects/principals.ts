import type { Grant } from "../core/policy.ts";

/** Somebody whom WAMP-CRA knows. */
export interface Principal {
  /** The key that both ends know; where there is a salt, what PBKDF2 makes of the password, in base64. */
  readonly secret: string;
  readonly salt?: string | undefined;
  readonly iterations?: number | undefined;
  readonly keylen?: number | undefined;
  readonly grant: Grant;
}

/** Whom WAMP-CRA knows, by name; undefined where it is not served. */
export type Principals = ReadonlyMap<string, Principal> | undefined;

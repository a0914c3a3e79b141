import { readFileSync } from "node:fs";
import { explainIssues } from "@switchboard/protocol";
import * as z from "zod";
import type { Grant } from "../core/policy.ts";
import { allowanceSchema, grantFrom, subjectSchema } from "./claims.ts";

/** What PBKDF2 does where a salted user does not say, as WAMP has it. */
const [iterationsDefault, keylenDefault] = [1_000, 32];
const secretCharsMin = 8;

const userSchema = allowanceSchema.extend({
  secret: z.string().min(secretCharsMin),
  salt: z.string().min(1).optional(),
  iterations: z.int().min(1).max(10_000_000).default(iterationsDefault),
  keylen: z.int().min(16).max(64).default(keylenDefault),
});

/** A user as WAMP-CRA needs it. */
export interface WampcraUser {
  readonly secret: string;
  readonly salt: string | undefined;
  readonly iterations: number;
  readonly keylen: number;
  readonly grant: Grant;
}

/**
 * Reads the users from a JSON file: `{"anna": {"secret": "…", "salt"?, "iterations"?, "keylen"?, "role"?, "crmIds"?, "permissions"?}}`. Undefined
 * where no file is named.
 * @throws Error that names what is wrong, never a secret
 */
export function readWampcraUsers(path: string): ReadonlyMap<string, WampcraUser> | undefined {
  if (path === "") return undefined;
  const read = z.record(subjectSchema, userSchema).safeParse(parsed(readFileSync(path, "utf8")));
  if (!read.success) throw new Error(explainIssues(read.error.issues));
  return new Map(
    Object.entries(read.data).map(([authid, { secret, salt, iterations, keylen, ...allowance }]) => [
      authid,
      { secret, salt, iterations, keylen, grant: grantFrom(allowance, authid, undefined) },
    ]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("the file must be a JSON object of users by authid");
  }
}

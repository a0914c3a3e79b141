import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigError, readSettings } from "../config.ts";

const folder = mkdtempSync(join(tmpdir(), "switchboard-users-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

/** The settings with a file of users that holds this. */
function readUsers(users: unknown) {
  const path = join(folder, `${(files += 1)}.json`);
  writeFileSync(path, typeof users === "string" ? users : JSON.stringify(users));
  return readSettings({ SWITCHBOARD_WAMPCRA_USERS: path }).wampcraUsers;
}

describe("[R31] the users of WAMP-CRA", () => {
  it("are read from a file, with what they may do", () => {
    const users = readUsers({
      anna: {
        secret: "a long secret",
        role: "staff",
        crmIds: ["42"],
        permissions: { call: [">"], read: true },
      },
      bob: { secret: "prq7+YkJ1/KlW1X0YczMHw==", salt: "salt123", iterations: 100, keylen: 16 },
    });
    expect(users?.get("anna")).toMatchObject({
      secret: "a long secret",
      salt: undefined,
      grant: {
        subject: "anna",
        role: "staff",
        crmIds: ["42"],
        patterns: { call: [">"] },
        read: true,
        admin: false,
      },
    });
    expect(users?.get("bob")).toMatchObject({ salt: "salt123", iterations: 100, keylen: 16 });
    expect(users?.get("bob")?.grant).toMatchObject({ crmIds: [], patterns: {} });
    expect(users?.size).toBe(2);
  });

  it("are none where no file is named", () => {
    expect(readSettings({}).wampcraUsers).toBeUndefined();
  });

  it.each([
    ["no JSON", /must be a JSON object/],
    [[], /SWITCHBOARD_WAMPCRA_USERS/],
    [{ anna: {} }, /anna\.secret/],
    [{ anna: { secret: "short" } }, /anna\.secret/],
    [{ anna: { secret: "a long secret", keylen: 1 } }, /anna\.keylen/],
    [{ anna: { secret: "a long secret", permissions: { call: "x" } } }, /anna\.permissions\.call/],
  ])("%j stops the start, and no secret is shown", (users, message) => {
    expect(() => readUsers(users)).toThrow(ConfigError);
    expect(() => readUsers(users)).toThrow(message);
    expect(() => readUsers(users)).not.toThrow(/short|a long secret/);
  });

  it("a file that is not there stops the start", () => {
    expect(() => readSettings({ SWITCHBOARD_WAMPCRA_USERS: join(folder, "none") })).toThrow(/ENOENT/);
  });
});

import { describe, expect, it } from "vitest";
import { detailsOf, withDetails } from "./event-details.ts";
import { admits, loneExclude, type Audience, type Hearer } from "./event.ts";
import { changed, publicationOf } from "./publication.ts";

const hearer = (id: string, subject?: string, role?: string): Hearer => ({
  id,
  subject,
  role,
  follows: (crmId) => crmId === id,
});
const hearers = [hearer("1", "ann", "staff"), hearer("2", "bob", "guest"), hearer("3", "ann"), hearer("4")];

describe("audiences", () => {
  it.each<[Audience, string]>([
    [{}, "1 2 3 4"],
    [{ excludeSubjects: ["ann"] }, "2 4"],
    [{ excludeSubjects: [] }, "1 2 3 4"],
    [{ eligibleSubjects: ["ann"] }, "1 3"],
    [{ eligibleSubjects: [] }, ""],
    [{ eligibleSubjects: ["undefined"] }, ""],
    [{ excludeRoles: ["staff", "guest"] }, "3 4"],
    [{ eligibleRoles: ["staff", "guest"] }, "1 2"],
    [{ eligibleSubjects: ["ann"], excludeRoles: ["staff"] }, "3"],
    [{ eligibleSubjects: ["ann", "bob"], eligibleRoles: ["guest"] }, "2"],
    [{ eligible: ["1", "4"], eligibleSubjects: ["ann"] }, "1"],
    [{ eligibleSubjects: ["ann"], exclude: ["1"] }, "3"],
    [{ eligibleRoles: ["staff"], onlyCrmIds: ["2"] }, ""],
    [{ excludeSubjects: ["bob"], onlyCrmIds: ["2", "3"] }, "3"],
  ])("[R8] %j admits %j", (audience, expected) => {
    const admitted = hearers.filter((one) => admits(audience, one)).map(({ id }) => id);
    expect(admitted.join(" ")).toBe(expected);
  });

  it("[R8] one excluded session is known at a glance only where nothing else is said", () => {
    expect(loneExclude({ exclude: ["1"] })).toBe("1");
    const lists = ["eligible", "onlyCrmIds", "excludeSubjects", "eligibleSubjects"] as const;
    for (const list of [...lists, "excludeRoles", "eligibleRoles"] as const)
      expect(loneExclude({ exclude: ["1"], [list]: [] })).toBeUndefined();
    expect(loneExclude({ exclude: ["1", "2"] })).toBeUndefined();
  });

  it("[R22] what onPublish does not change stays as it was", () => {
    const request = { topic: "a", data: 1, eligibleRoles: ["staff"], excludeSubjects: ["bob"], retain: true };
    const { draft } = changed(publicationOf(request, "1", "p", "me"), { eligible: ["you"] });
    expect(draft).toMatchObject({
      audience: { exclude: ["me"], eligible: ["you"], eligibleRoles: ["staff"], excludeSubjects: ["bob"] },
      retain: true,
      data: "1",
    });
  });
});

describe("the details of an event", () => {
  const plain = { topic: "a", offset: 1, publication: "p", name: "n", data: "1", time: 0 };

  it.each([
    [{}],
    [{ audience: { exclude: ["1"] } }],
    [{ publisher: { session: "s", subject: "é" } }],
    [{ audience: { eligibleRoles: [] }, publisher: { session: "s" } }],
  ])("[R8] %j are read as they were written", (details) => {
    expect(withDetails(plain, detailsOf(details))).toEqual({ ...plain, ...details });
  });

  it("[R8] an audience that an earlier version stored is read, too", () => {
    expect(withDetails(plain, '{"exclude":["1"]}')).toEqual({ ...plain, audience: { exclude: ["1"] } });
  });
});

import { describe, expect, it } from "vitest";
import * as z from "zod";
import { explainIssues, issueDetails } from "./index.ts";

const issuesOf = (schema: z.ZodType, value: unknown) => {
  const read = schema.safeParse(value);
  if (read.success) throw new Error("there are no issues");
  return read.error.issues;
};

const schema = z.object({ list: z.array(z.object({ size: z.number() })), name: z.string() });

describe("[R4] what is wrong is said in a line", () => {
  it("the line begins with the path of the first field at fault", () => {
    expect(explainIssues(issuesOf(schema, { list: [{ size: 1 }, { size: "2" }], name: "x" }))).toMatch(
      /^list\[1\]\.size: .*number/,
    );
  });

  it("it says how many more there are", () => {
    expect(explainIssues(issuesOf(schema, { list: [{}], name: 1 }))).toMatch(
      /^list\[0\]\.size: .*\(and 1 more\)$/,
    );
  });

  it("an issue of the whole has no path", () => {
    expect(explainIssues(issuesOf(z.string(), 1))).toMatch(/^Invalid input/);
  });

  it("without an issue there is still something to say", () => {
    expect(explainIssues([])).toBe("is not valid");
  });

  it("details say of each issue where it is, what kind, and what would be right", () => {
    expect(issueDetails(issuesOf(schema, { list: [], name: 1 }))).toEqual([
      { path: "name", code: "invalid_type", message: expect.stringContaining("string") as unknown },
    ]);
  });
});

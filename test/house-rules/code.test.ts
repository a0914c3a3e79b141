import { describe, expect, it } from "vitest";

import {
  exportsAreDocumented,
  functionsAreShort,
  namesSayWhat,
  noCodeInComments,
  nothingIsLeftToDo,
  onlyMainRuns,
} from "./code.ts";
import { trees } from "./fixture.ts";

const client = "packages/sdk/src/client.ts";

describe("length of functions", () => {
  const { breaks, keeps, violations } = trees(functionsAreShort);
  const body = (count: number) => `{\n${"  a();\n".repeat(count - 2)}}`;

  it("70 lines, and not one more, whatever their form", () => {
    for (const head of [
      "function f() ",
      "export const f = () => ",
      "class A { m() ",
      "const o = { get x() ",
      "export default async function () ",
    ]) {
      const tail = head.includes("class") || head.includes("{ get") ? " }" : "";
      keeps({ [client]: `${head}${body(70)}${tail}` });
      breaks({ [client]: `${head}${body(71)}${tail}` });
    }
  });

  it("in components too, with the line that the editor shows", () => {
    const text = `<h1>x</h1>\n<script lang="ts">\n  function f() ${body(71)}\n</script>\n`;
    expect(violations({ "apps/web/src/App.svelte": text })).toEqual([
      "apps/web/src/App.svelte:3 has 71 lines, 70 at most",
    ]);
  });

  it("a suite may be longer", () => {
    keeps({ "packages/sdk/src/client.test.ts": `describe("x", () => ${body(90)});` });
  });
});

describe("comments", () => {
  it("leave no work to be done", () => {
    const { breaks, keeps } = trees(nothingIsLeftToDo);
    for (const ending of ["DO", "DO(me):"]) breaks({ [client]: `// TO${ending} mend this` });
    for (const ending of ["ME"]) breaks({ "apps/web/src/App.svelte": `<!-- FIX${ending} -->` });
    keeps({ [client]: "const todos = 1; // what is to be done" });
  });

  it("hold no code", () => {
    const { breaks, keeps } = trees(noCodeInComments);
    for (const code of [
      "const a = 1;",
      "if (a) {",
      "}",
      "send(frame);",
      "this.#a = 2;",
      "import { a } from './a';",
      "return a;",
    ]) {
      breaks({ [client]: `a();\n  // ${code}` });
    }
    for (const prose of [
      "Returns nothing; see below.",
      "if it fails, it is tried again",
      "close() comes first",
      "a = b holds here",
      "for the sake of it",
    ]) {
      keeps({ [client]: `a();\n  // ${prose}` });
    }
  });
});

describe("names", () => {
  const { breaks, keeps } = trees(namesSayWhat);

  it("say what a thing is", () => {
    for (const name of ["ISession", "AbstractEngine", "EngineImpl", "SessionManager"]) {
      breaks({ [client]: `export class ${name} {}` });
      breaks({ [client]: `interface ${name} {}` });
    }
    for (const name of ["Issue", "Session", "IOError", "Abstraction"])
      keeps({ [client]: `export class ${name} {}` });
  });
});

describe("files that run", () => {
  const { breaks, keeps } = trees(onlyMainRuns);

  it("only main acts when it is imported", () => {
    for (const act of [
      "start();",
      "await start();",
      "if (a) start();",
      "for (const a of b) c(a);",
      "try { a(); } catch { b(); }",
      "a.b = 1;",
    ]) {
      breaks({ "apps/server/src/server.ts": act });
      keeps({ "apps/server/src/main.ts": act });
      keeps({ "apps/server/src/server.test.ts": act });
      keeps({ "scripts/run.mjs": act });
    }
    breaks({ "apps/server/src/domain.ts": "start();" });
  });

  it("declarations do not act", () => {
    keeps({
      [client]:
        '"use strict"; import "./a.ts"; export const a = z.object({}); function f() { g(); } export { f };',
    });
  });
});

describe("docstrings", () => {
  const { breaks, keeps } = trees(exportsAreDocumented);

  it("each export of protocol and sdk has one", () => {
    for (const code of [
      "export const a = 1;",
      "export function a() {}",
      "export class A {}",
      "export interface A {}",
      "export type A = 1;",
      "export default 1;",
    ]) {
      breaks({ [client]: code });
      breaks({ [client]: `// a\n${code}` });
      breaks({ [client]: `/** */\n${code}` });
      keeps({ [client]: `/** A promise. */\n${code}` });
      keeps({ "apps/server/src/core/broker.ts": code });
      keeps({ "packages/sdk/src/client.test.ts": code });
    }
  });

  it("one is enough for a schema and its type, or for overloads", () => {
    keeps({ [client]: "/** A. */\nexport const A = z.string();\nexport type A = z.infer<typeof A>;" });
    keeps({ [client]: "/** A. */\nexport function a(): 1;\nexport function a() { return 1; }" });
  });

  it("what is exported later counts, what is passed on or kept does not", () => {
    breaks({ [client]: "const a = 1;\nexport { a };" });
    breaks({ [client]: "const a = 1;\nexport { a as b };" });
    keeps({
      [client]:
        '/** A. */\nconst a = 1;\nexport { a };\nexport * from "./b.ts";\nexport { c } from "./c.ts";',
    });
    keeps({ [client]: "const a = 1;" });
  });
});

import { isTest, type Rule } from "./tree.ts";

/** A rule that nothing holds is a wish, and a test of a rule that is not written down holds nobody. */
export const rulesHaveTests: Rule = {
  name: "each rule of SPEC.md stands there once, the index leads to it, and a test names it; tests name no other",
  violations(tree) {
    const spec = tree.find(({ path }) => path === "SPEC.md")?.text;
    if (spec === undefined) return [];
    const written = numbersIn(spec, /^#+ R(\d+) /gm);
    const listed = numbersIn(spec, /\[R(\d+) [^\]]+\]\(#r\d+-/g);
    const tested = new Set(
      tree
        .filter(isTest)
        .flatMap(({ path, text }) => (isRuleTest(path) ? [] : numbersIn(text, /\[R(\d+)\]/g))),
    );
    return [
      ...written.flatMap((rule, at) => (written.indexOf(rule) < at ? [`R${rule} stands there twice`] : [])),
      ...written.flatMap((rule) => (listed.includes(rule) ? [] : [`the index does not lead to R${rule}`])),
      ...written.flatMap((rule) => (tested.has(rule) ? [] : [`no test names R${rule}`])),
      ...[...tested].flatMap((rule) => (written.includes(rule) ? [] : [`a test names R${rule}`])),
    ];
  },
};

/** The rules' own tests speak of rules that are not there. */
function isRuleTest(path: string): boolean {
  return path.startsWith("test/house-rules");
}

function numbersIn(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, number]) => Number(number));
}

import { expect } from "vitest";

import type { Rule } from "./tree.ts";

/** For a rule's own tests: small trees, path by path, that break it or keep it. */
export function trees(rule: Rule) {
  const violations = (files: Readonly<Record<string, string>>) =>
    rule.violations(Object.entries(files).map(([path, text]) => ({ path, text })));
  return {
    breaks: (files: Readonly<Record<string, string>>) => {
      expect(violations(files), JSON.stringify(files)).not.toEqual([]);
    },
    keeps: (files: Readonly<Record<string, string>>) => {
      expect(violations(files), JSON.stringify(files)).toEqual([]);
    },
    violations,
  };
}

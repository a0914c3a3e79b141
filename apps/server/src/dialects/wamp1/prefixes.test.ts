import { describe, expect, it } from "vitest";
import { TestNode } from "../../../test/harness.ts";
import { native } from "../native/native.ts";
import { Prefixes, type CurieRule } from "./prefixes.ts";
import { wamp1 } from "./wamp1.ts";

const uris: Readonly<Record<string, string>> = {
  crm: "http://x/crm",
  hash: "http://x/crm#",
  slash: "http://x/",
  dot: "crm.",
  both: "http://x/a#b",
  "": "http://empty/",
};

describe("CURIEs", () => {
  it.each([
    ["crm:42", "http://x/crm42", "http://x/crm#42", "http://x/crm#42"],
    ["crm:a:b", "http://x/crma:b", "http://x/crm#a", "http://x/crm#a:b"],
    ["crm:", "http://x/crm", "http://x/crm#", "http://x/crm#"],
    ["hash:42", "http://x/crm#42", "http://x/crm##42", "http://x/crm#42"],
    ["slash:42", "http://x/42", "http://x/#42", "http://x/42"],
    ["dot:42", "crm.42", "crm.#42", "crm.42"],
    ["both:42", "http://x/a#b42", "http://x/a#b#42", "http://x/a#b42"],
    [":42", "http://empty/42", "http://empty/#42", "http://empty/42"],
    ["nope:1", "nope:1", "nope:1", "nope:1"],
    ["crm", "crm", "crm", "crm"],
    ["http://x/crm", "http://x/crm", "http://x/crm", "http://x/crm"],
    ["crm://42", "crm://42", "http://x/crm#//42", "crm://42"],
    ["crm:http://y", "http://x/crmhttp://y", "crm:http://y", "http://x/crm#http://y"],
    ["constructor:1", "constructor:1", "constructor:1", "constructor:1"],
  ])("[R32] %s is %s (spec), %s (ratchet), %s (auto)", (curie, ...topics) => {
    const rules: readonly CurieRule[] = ["spec", "ratchet", "auto"];
    for (const [i, rule] of rules.entries()) {
      const prefixes = new Prefixes(rule);
      for (const [prefix, uri] of Object.entries(uris)) prefixes.define(prefix, uri);
      expect(prefixes.resolve(curie).topic, rule).toBe(topics[i]);
    }
  });

  it("[R32] an event carries the whole URI, whoever used the CURIE; prefixes are each client's own, and may change", async () => {
    const node = new TestNode({ dialect: wamp1("spec") });
    node.open("ann");
    node.open("bob");
    await node.play(`
      ann < [0,"@ann",1,"…"]
      bob < [0,"@bob",1,"…"]
      ann > [1,"crm","http://x/crm#"]
      ann > [5,"crm:42"]
      bob > [5,"http://x/crm#42"]
      ann > [7,"crm:42",1]
      ann < [8,"http://x/crm#42",1]
      bob < [8,"http://x/crm#42",1]
      bob > [7,"crm:42",2]
      ann > [1,"crm","http://y/"]
      ann > [7,"crm:42",3]
      bob > [7,"http://x/crm#42",4]
      ann < [8,"http://x/crm#42",4]
      bob < [8,"http://x/crm#42",4]
      ann > [6,"http://x/crm#42"]
      bob > [7,"http://x/crm#42",5]
      bob < [8,"http://x/crm#42",5]
    `);
  });

  it("[R32] a prefix may lead to a crmId's topic, and to procedures", async () => {
    const node = new TestNode({ dialect: wamp1("spec") });
    node.open("ann");
    node.open("bob", ["42"], native);
    await node.play(`
      ann < [0,"@ann",1,"…"]
      bob < welcome {}
      ann > [1,"crm","crm."]
      ann > [7,"crm:42","hi"]
      bob < event {"topic":"crm.42","data":"hi"}
      bob > register {"id":1,"procedure":"crm.42.ask"}
      bob < registered {"id":1}
      ann > [2,"c","crm:42.ask","?"]
      bob < invocation {"id":1,"procedure":"crm.42.ask","data":"?"}
      bob > yield {"id":1,"data":"!"}
      ann < [3,"c","!"]
    `);
  });

  it("[R32] auto: whoever subscribed by a CURIE hears the topic as its client joins it, and by the URI as that stands", async () => {
    const node = new TestNode({ dialect: wamp1("auto") });
    for (const name of ["ann", "bob"]) node.open(name);
    await node.play(`
      ann < [0,"@ann",1,"…"]
      bob < [0,"@bob",1,"…"]
      ann > [1,"crm","http://x/crm"]
      ann > [5,"crm:42"]
      bob > [5,"http://x/crm#42"]
      bob > [7,"http://x/crm#42",1]
      ann < [8,"http://x/crm42",1]
      bob < [8,"http://x/crm#42",1]
      ann > [5,"http://x/crm#42"]
      ann > [7,"crm:42",2,true]
      bob < [8,"http://x/crm#42",2]
      bob > [7,"http://x/crm#42",3,["@bob"]]
      ann < [8,"http://x/crm42",3]
      ann < [8,"http://x/crm#42",3]
      ann > [6,"crm:42"]
      bob > [7,"http://x/crm#42",4,true]
      ann < [8,"http://x/crm#42",4]
    `);
  });
});

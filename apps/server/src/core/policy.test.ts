import type { Match } from "@switchboard/protocol";
import { describe, expect, it } from "vitest";
import { demand, demandRight, everything, type Grant, type Verb } from "./policy.ts";

function grantOf(given: Partial<Grant>): Grant {
  return { crmIds: [], patterns: {}, read: false, admin: false, tickets: false, ...given };
}

function mayDo(grant: Grant, verb: Verb, topic: string, match?: Match): boolean {
  try {
    demand(grant, verb, topic, match);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "forbidden" });
    return false;
  }
}

describe("what a grant allows", () => {
  const anna = grantOf({ crmIds: ["42"], patterns: { publish: ["orders.*"], call: ["crm.>"] } });

  it.each<[boolean, Verb, string]>([
    [true, "subscribe", "crm.42"],
    [false, "subscribe", "crm.43"],
    [false, "subscribe", "crm.42.notes"],
    [false, "subscribe", "orders.1"],
    [false, "publish", "crm.42"],
    [true, "publish", "orders.1"],
    [false, "publish", "orders.1.lines"],
    [false, "publish", "orders"],
    [true, "call", "crm.42.confirm"],
    [false, "call", "crm"],
    [false, "register", "crm.42.confirm"],
  ])("[R25] %s: %s %s", (allowed, verb, topic) => {
    expect(mayDo(anna, verb, topic)).toBe(allowed);
  });

  it.each<[boolean, string, string, Match]>([
    [true, "orders.>", "orders.*", "wildcard"],
    [true, "orders.>", "orders.1.>", "wildcard"],
    [true, "orders.*", "orders.*", "wildcard"],
    [true, "orders.*", "orders.1", "wildcard"],
    [false, "orders.*", "orders.>", "wildcard"],
    [false, "orders.1", "orders.*", "wildcard"],
    [false, "orders.*", "orders.*.lines", "wildcard"],
    [false, "orders.>", ">", "wildcard"],
    [false, "orders.>", "*.1", "wildcard"],
    [true, ">", ">", "wildcard"],
    [true, ">", "any", "prefix"],
    [true, "orders.>", "orders.", "prefix"],
    [true, "orders.>", "orders.1", "prefix"],
    [false, "orders.>", "orders", "prefix"],
    [false, "orders.*", "orders.", "prefix"],
  ])("[R25] %s: who may subscribe to %s asks for %s (%s)", (allowed, granted, asked, match) => {
    expect(mayDo(grantOf({ patterns: { subscribe: [granted] } }), "subscribe", asked, match)).toBe(allowed);
  });

  it("[R25] crmIds * follow every record, and all of them by a pattern, but nothing else", () => {
    const all = grantOf({ crmIds: ["*"] });
    expect(mayDo(all, "subscribe", "crm.7")).toBe(true);
    expect(mayDo(all, "subscribe", "crm.*", "wildcard")).toBe(true);
    expect(mayDo(all, "subscribe", "crm.>", "wildcard")).toBe(false);
    expect(mayDo(all, "subscribe", "crm.", "prefix")).toBe(false);
    expect(mayDo(all, "publish", "crm.7")).toBe(false);
  });

  it("[R25] a pattern that means one record alone is allowed to whoever may follow that", () => {
    expect(mayDo(anna, "subscribe", "crm.42", "wildcard")).toBe(true);
    expect(mayDo(grantOf({ crmIds: ["*"] }), "subscribe", "crm.42", "wildcard")).toBe(true);
    expect(mayDo(anna, "subscribe", "crm.43", "wildcard")).toBe(false);
    expect(mayDo(anna, "subscribe", "crm.42", "prefix")).toBe(false);
    expect(mayDo(grantOf({ crmIds: ["*"] }), "subscribe", "crm.42", "prefix")).toBe(false);
  });

  it("[R25] the server's own procedures need read, and disconnecting admin, whatever may be called", () => {
    const caller = grantOf({ patterns: { call: [">"] } });
    expect(mayDo(caller, "call", "switchboard.sessions")).toBe(false);
    expect(mayDo(grantOf({ read: true }), "call", "switchboard.sessions")).toBe(true);
    expect(mayDo(grantOf({ read: true }), "call", "switchboard.disconnect")).toBe(false);
    expect(mayDo(grantOf({ admin: true }), "call", "switchboard.disconnect")).toBe(true);
    expect(mayDo(caller, "call", "wamp.session.list")).toBe(false);
    expect(mayDo(grantOf({ read: true }), "call", "wamp.session.list")).toBe(true);
    for (const kill of ["kill", "kill_by_authid", "kill_by_authrole", "kill_all"]) {
      expect(mayDo(grantOf({ read: true }), "call", `wamp.session.${kill}`)).toBe(false);
      expect(mayDo(grantOf({ admin: true }), "call", `wamp.session.${kill}`)).toBe(true);
    }
  });

  it("[R25] what the server tells of itself is heard by who may read, whatever may be subscribed to", () => {
    const subscriber = grantOf({ patterns: { subscribe: [">"] }, crmIds: ["*"] });
    expect(mayDo(subscriber, "subscribe", "wamp.session.on_join")).toBe(false);
    expect(mayDo(subscriber, "subscribe", "wamp.session.", "prefix")).toBe(false);
    expect(mayDo(grantOf({ read: true }), "subscribe", "wamp.session.on_join")).toBe(true);
    expect(mayDo(subscriber, "subscribe", ">", "wildcard")).toBe(true);
  });

  it("[R25] without auth everything is allowed", () => {
    expect(mayDo(everything, "register", "x")).toBe(true);
    expect(() => demandRight(everything, "admin")).not.toThrow();
    expect(() => demandRight(grantOf({}), "read")).toThrow(/read/);
  });
});

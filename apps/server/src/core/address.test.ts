import { describe, expect, it } from "vitest";
import { clientAddress, householdOf, parseNetworks, type ProxyHeader } from "./address.ts";

describe("[R16] the client's address", () => {
  const trusted = parseNetworks("10.0.0.0/8, 192.168.1.1,, fd00::/8");

  it.each<[peer: string, header: ProxyHeader, value: string | undefined, address: string]>([
    ["1.2.3.4", "x-forwarded-for", "9.9.9.9", "1.2.3.4"],
    ["::ffff:1.2.3.4", "x-forwarded-for", "9.9.9.9", "1.2.3.4"],
    ["11.0.0.1", "x-real-ip", "9.9.9.9", "11.0.0.1"],
    ["10.0.0.1", "x-forwarded-for", undefined, "10.0.0.1"],
    ["10.0.0.1", "x-forwarded-for", "9.9.9.9", "9.9.9.9"],
    ["::ffff:10.0.0.1", "x-forwarded-for", "9.9.9.9", "9.9.9.9"],
    ["fd00::1", "x-forwarded-for", "2001:DB8:0::7", "2001:db8::7"],
    ["10.0.0.1", "x-forwarded-for", "6.6.6.6, 9.9.9.9", "9.9.9.9"],
    ["10.0.0.1", "x-forwarded-for", "6.6.6.6, 9.9.9.9, 192.168.1.1", "9.9.9.9"],
    ["10.0.0.1", "x-forwarded-for", "10.1.1.1, 10.2.2.2", "10.1.1.1"],
    ["10.0.0.1", "x-forwarded-for", "9.9.9.9, unknown", "10.0.0.1"],
    ["10.0.0.1", "x-forwarded-for", "9.9.9.9:1234", "9.9.9.9"],
    ["10.0.0.1", "x-forwarded-for", "0x7f.1", "10.0.0.1"],
    ["10.0.0.1", "x-forwarded-for", "[2001:db8::7]:1234", "2001:db8::7"],
    ["10.0.0.1", "x-forwarded-for", "fe80::1%eth0", "fe80::1"],
    ["10.0.0.1", "forwarded", 'for=6.6.6.6, for="[2001:db8::7]:80";proto=https', "2001:db8::7"],
    ["10.0.0.1", "forwarded", 'for="6.6.6.6, for=9.9.9.9', "9.9.9.9"],
    ["10.0.0.1", "forwarded", "proto=http;For=9.9.9.9;by=1.1.1.1", "9.9.9.9"],
    ["10.0.0.1", "forwarded", "for=_hidden", "10.0.0.1"],
    ["10.0.0.1", "x-real-ip", "9.9.9.9", "9.9.9.9"],
    ["a pipe", "x-real-ip", "9.9.9.9", "a pipe"],
  ])("from %s, which says %s: %s, is %s", (peer, header, value, address) => {
    const read = (asked: ProxyHeader) => (asked === header ? value : "6.6.6.6");
    expect(clientAddress(peer, { trusted, header }, read)).toBe(address);
  });

  it.each(["x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "fd00::/129", "10.0.0", "10.0.0.0/-1", "/8"])(
    "%s is no network",
    (text) => {
      expect(() => parseNetworks(`10.0.0.1,${text}`)).toThrow(`"${text}" must be`);
    },
  );

  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["2001:db8::1", "2001:db8::1"],
    ["", ""],
  ])("without a proxy to be trusted: %j is %j, whatever is said", (peer, address) => {
    expect(clientAddress(peer, { trusted: [], header: "x-forwarded-for" }, () => "9.9.9.9")).toBe(address);
  });

  it.each([
    ["1.2.3.4", "1.2.3.4"],
    ["2001:db8:0:7::1", "2001:db8:0:7"],
    ["2001:db8:0:7:ffff:1:2:3", "2001:db8:0:7"],
    ["2001:db8::7:1:2:3:4", "2001:db8:0:7"],
    ["2001:db8:0:8::1", "2001:db8:0:8"],
    ["2001:db8::", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
  ])("%s counts as %s: of IPv6 a network of 64 bits is one", (address, household) => {
    expect(householdOf(address)).toBe(household);
  });
});

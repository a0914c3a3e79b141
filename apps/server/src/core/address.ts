import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Addresses that have their first bits in common. */
export type Network = readonly [first: Address, bits: number];

/** The header in which proxies tell whom they speak for. */
export type ProxyHeader = "x-forwarded-for" | "forwarded" | "x-real-ip";

/** Whose word on the client's address is taken, and in which header. */
export interface Proxies {
  readonly trusted: readonly Network[];
  readonly header: ProxyHeader;
}

/** How many groups of 16 bits of an IPv6 address one household or machine has to itself. */
const householdGroups = 4;
/** How IPv4 is written as IPv6. */
const mappedPrefix = "::ffff:";

/**
 * Reads addresses and networks (`10.0.0.0/8`), comma-separated.
 * @throws Error that says which is wrong
 */
export function parseNetworks(text: string): readonly Network[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").map(parseNetwork);
}

/**
 * Where a request came from: the peer's address, or what trusted proxies say. Read from the nearest on, up to the first that is not trusted:
 * what stands before it may be made up.
 */
export function clientAddress(
  peer: string,
  { trusted, header }: Proxies,
  read: (header: ProxyHeader) => string | undefined,
): string {
  if (trusted.length === 0) return unmapped(peer);
  let nearest = parseAddress(peer);
  if (nearest === undefined) return peer;
  if (!isIn(trusted, nearest)) return nearest.toString();
  for (const hop of hopsIn(header, read(header) ?? "").toReversed()) {
    const address = parseAddress(hop);
    if (address === undefined) break;
    nearest = address;
    if (!isIn(trusted, nearest)) break;
  }
  return nearest.toString();
}

/**
 * What counts as one address: of IPv6 the network of 64 bits, since whoever has one address of it has all.
 * @param address as `clientAddress` spells it
 */
export function householdOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::", 2);
  const [left, right] = [groupsIn(head), groupsIn(tail ?? "")];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  return [...left, ...zeros, ...right].slice(0, householdGroups).join(":");
}

function groupsIn(text: string): string[] {
  return text === "" ? [] : text.split(":");
}

function parseNetwork(part: string): Network {
  const [text = "", bits, ...more] = part.split("/");
  const address = parseAddress(text);
  const most = address?.kind() === "ipv4" ? 32 : 128;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
  if (address === undefined || more.length > 0 || length > most)
    throw new Error(`"${part}" must be an address or a network, such as 10.0.0.0/8 or fd00::/8`);
  return [address, length];
}

/** IPv4 that is written as IPv6 is IPv4; its short and octal forms are none, since not everybody reads them alike. */
function parseAddress(text: string): Address | undefined {
  const [bare = ""] = text.split("%", 1);
  const isAddress = bare.includes(":") ? ipaddr.IPv6.isValid(bare) : ipaddr.IPv4.isValidFourPartDecimal(bare);
  return isAddress ? ipaddr.process(bare) : undefined;
}

/** A system that listens on both tells IPv4 so. */
function unmapped(peer: string): string {
  return peer.startsWith(mappedPrefix) && peer.includes(".") ? peer.slice(mappedPrefix.length) : peer;
}

function isIn(networks: readonly Network[], address: Address): boolean {
  return networks.some(([first, bits]) => first.kind() === address.kind() && address.match(first, bits));
}

function hopsIn(header: ProxyHeader, value: string): string[] {
  const hops = value.split(",").map((hop) => hop.trim());
  return (header === "forwarded" ? hops.map(forIn) : hops).map(withoutPort);
}

/** Who is spoken for in one element of `Forwarded` (RFC 7239). */
function forIn(element: string): string {
  return /(?:^|;)\s*for=("[^"]*"|[^;]*)/i.exec(element)?.[1]?.replaceAll('"', "") ?? "";
}

function withoutPort(hop: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1];
  return bracketed ?? hop.replace(/^([^:]*):\d+$/, "$1");
}

import { SwitchboardError } from "./switchboard-error.ts";

/**
 * The WebSocket's address: `http` becomes `ws`, an address without a path gets `/ws`, and a page's own origin is the default.
 * @throws SwitchboardError invalid_argument where there is no address, or it is none.
 */
export function socketAddress(url: string | undefined): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  if (url === undefined && page === undefined)
    throw new SwitchboardError("invalid_argument", "url: is missing; outside of a page there is no default");
  const address = parse(url ?? "/", page);
  const protocol = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" }[address.protocol];
  if (protocol === undefined)
    throw new SwitchboardError(
      "invalid_argument",
      `url: must be http, https, ws or wss, not ${address.protocol}`,
    );
  address.protocol = protocol;
  address.hash = "";
  if (address.pathname === "/") address.pathname = "/ws";
  return address.href;
}

function parse(url: string, page: string | undefined): URL {
  try {
    return new URL(url, page);
  } catch (cause) {
    throw new SwitchboardError("invalid_argument", `url: ${url} is no address`, { cause });
  }
}

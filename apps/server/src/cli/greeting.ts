/** Where a server is, and whether it asks who comes. */
interface Greeted {
  readonly url: URL;
  /** Where the pages are served instead, if they are. */
  readonly pagesUrl?: string | undefined;
  readonly asksWhoConnects: boolean;
}

/** What is said when the server is up: the addresses of the pages, and a command that works as it stands. */
export function greetingText({ url, pagesUrl, asksWhoConnects }: Greeted): string {
  const here = reachable(url);
  const at = (path: string) => new URL(path, here).href;
  const pageAt = (path: string) => new URL(path, pagesUrl ?? here).href;
  const key = asksWhoConnects ? ` -H "Authorization: Bearer $SWITCHBOARD_API_KEY"` : "";
  return `Switchboard is up.

  Receive   ${pageAt("/websocketclient")}
  Send      ${pageAt("/messagetoclient")}

  curl ${at("/api/v1/publish")}${key} -H 'content-type: application/json' -d '{"crmIds":["42"],"data":{"text":"hello"}}'
`;
}

/** A server that listens at all addresses has none of its own to go to: this machine's does. */
function reachable(url: URL): URL {
  const local = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" }[url.hostname];
  if (local === undefined) return url;
  const here = new URL(url);
  here.hostname = local;
  return here;
}

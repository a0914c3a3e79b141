/** Who asks over http is sent to https; what is more than asking is refused, since a token that came this way was readable on it. */
export function openHttpRedirect(
  at: { readonly hostname: string; readonly port: number },
  httpsPort: () => number,
): { readonly url: URL; stop(closeConnections: boolean): Promise<void> } {
  return Bun.serve({
    ...at,
    fetch(request) {
      if (!URL.canParse(request.url)) return new Response(null, { status: 400 });
      const target = new URL(request.url);
      target.protocol = "https:";
      target.port = String(httpsPort());
      const isAsking = request.method === "GET" || request.method === "HEAD";
      if (isAsking && request.headers.get("upgrade") === null)
        return new Response(null, { status: 308, headers: { Location: target.href } });
      const message = `this server is reached over TLS: use ${target.origin}`;
      return Response.json({ error: { code: "forbidden", message } }, { status: 403 });
    },
  });
}

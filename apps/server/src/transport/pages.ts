import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { strictTransport } from "./strict-transport.ts";

/** The routes of the web app: everything else that it needs is a file below `dist`. */
const pagePaths = ["/", "/websocketclient", "/messagetoclient"];

const securityHeaders = {
  "Content-Security-Policy":
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; img-src 'self' data:; font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** The built web app. */
export interface Pages {
  /** Files by path, for Bun's static routes (which answer If-None-Match themselves). */
  readonly files: Readonly<Record<string, Response>>;
  /** The page at this path, if there is one; `search` is what follows it in the address. */
  page(path: string, search: string): Response | undefined;
}

/** Pages that are served elsewhere while they are worked on: who asks for them here is sent there. */
export function pagesAt(url: string): Pages {
  const page = (path: string, search: string) =>
    pagePaths.includes(path) ? Response.redirect(new URL(`${path}${search}`, url).href, 307) : undefined;
  return { files: {}, page };
}

/** Reads the built web app; where it has not been built, its pages say how to build it. @param isSecure whether it is served over TLS */
export async function loadPages(dist: string, isSecure = false): Promise<Pages> {
  const names = filesBelow(dist);
  const files: Record<string, Response> = {};
  for (const name of names) {
    if (name === "index.html") continue;
    const file = Bun.file(join(dist, name));
    const caching = name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    const headers = {
      "Content-Type": file.type,
      "Cache-Control": caching,
      "X-Content-Type-Options": "nosniff",
      ...(isSecure && strictTransport),
    };
    files[`/${name}`] = new Response(await file.bytes(), { headers });
  }
  const html = names.includes("index.html") ? await Bun.file(join(dist, "index.html")).text() : undefined;
  return { files, page: (path) => (pagePaths.includes(path) ? pageOf(html) : undefined) };
}

function pageOf(html: string | undefined): Response {
  const headers = {
    ...securityHeaders,
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-cache",
  };
  if (html !== undefined) return new Response(html, { headers });
  const text = "The pages have not been built: run `npm run build`, then start the server again.\n";
  return new Response(text, { status: 503, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}

function filesBelow(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}

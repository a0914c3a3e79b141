import { describe, expect, it } from "vitest";
import * as z from "zod";
import { RealServer } from "../../../test/real-server.ts";

const server = new RealServer({
  history: [{ pattern: "crm.*", events: 100, ageMs: 3_600_000 }],
  devLogin: true,
});

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>>;
}
type Content = Readonly<Record<string, { readonly schema: object }>>;
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const description = async () =>
  (await server.ask("GET", "/api/v1/openapi.json")).body as unknown as Description;

/** The schema, where objects have no keys but those that it names. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  return "properties" in inner ? { additionalProperties: false, ...inner } : inner;
}

function faultsOf(schema: unknown, value: unknown): unknown {
  const read = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  return read.success ? [] : read.error.issues;
}

const publication = { crmIds: ["42"], name: "a.b", data: { text: "hello" } };

/** One question, or several, for every route: its name in the description, how it is asked, and what comes. */
const asked: readonly (readonly [path: string, method: string, at: string, body: unknown, status: number])[] =
  [
    ["/api/v1/publish", "post", "", publication, 200],
    ["/api/v1/publish", "post", "", { topic: "a", data: 1, receipt: 1, count: true, key: "k" }, 200],
    ["/api/v1/publish", "post", "", { topic: "a", data: 1, key: "k" }, 200],
    ["/api/v1/publish", "post", "", { topic: "a b", data: 1 }, 400],
    ["/api/v1/publish/batch", "post", "", { publications: [publication, { topic: "a b", data: 1 }] }, 200],
    ["/api/v1/publish/batch", "post", "", { publications: [] }, 400],
    ["/api/v1/call", "post", "", { procedure: "switchboard.topics" }, 200],
    ["/api/v1/call", "post", "", { procedure: "nobody.answers", data: null, timeout: 5 }, 404],
    ["/api/v1/tickets", "post", "", { subject: "anna", crmIds: ["42"], for: 5 }, 200],
    ["/api/v1/topics", "get", "?prefix=crm.", undefined, 200],
    ["/api/v1/topics/{topic}", "get", "crm.42", undefined, 200],
    ["/api/v1/topics/{topic}/history", "get", "crm.42", undefined, 200],
    ["/api/v1/topics/{topic}/history", "get", "a%20b", undefined, 400],
    ["/api/v1/topics/{topic}/presence", "get", "crm.42", undefined, 200],
    ["/api/v1/sessions", "get", "", undefined, 200],
    ["/api/v1/sessions/{id}", "get", "SESSION", undefined, 200],
    ["/api/v1/sessions/{id}", "delete", "SESSION", undefined, 200],
    ["/api/v1/sessions/{id}", "delete", "nobody", undefined, 404],
    ["/api/v1/status", "get", "", undefined, 200],
    ["/api/v1/contract.json", "get", "", undefined, 200],
    ["/api/v1/openapi.json", "get", "", undefined, 200],
    ["/api/v1/dev-login", "get", "", undefined, 200],
    ["/api/v1/dev-login", "post", "", undefined, 200],
    ["/healthz", "get", "", undefined, 200],
    ["/readyz", "get", "", undefined, 200],
    ["/metrics", "get", "", undefined, 200],
  ];

describe("the API's description", () => {
  it.each(asked)(
    "[R15] of %s %s %s %j is what the server does: %i",
    async (path, method, at, body, status) => {
      const operation = (await description()).paths[path]?.[method];
      const peer = server.open();
      await peer.opened;
      peer.say({ type: "hello", crmIds: ["42"], client: "openapi" });
      const { session } = await peer.next("welcome");
      const value = at === "SESSION" ? String(session) : at;
      const address = path.includes("{") ? path.replace(/\{\w+\}/, value) : path + value;
      const answer = await server.ask(method.toUpperCase(), address, body);
      expect(answer.status).toBe(status);
      const { content } = operation?.responses[status] ?? operation?.responses["default"] ?? {};
      const [type = "", { schema } = {}] = Object.entries(content ?? {})[0] ?? [];
      expect(answer.headers.get("content-type")).toContain(type);
      expect(faultsOf(strict(schema), type === "text/plain" ? answer.text : answer.body)).toEqual([]);
      if (body !== undefined && status === 200)
        expect(faultsOf(operation?.requestBody?.content["application/json"]?.schema, body)).toEqual([]);
    },
  );

  it("[R15] holds the routes that are asked here, and no others", async () => {
    const { paths } = await description();
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(new Set(described)).toEqual(new Set(asked.map(([path, method]) => `${method} ${path}`)));
  });

  it.each([{ data: 1 }, { topic: "a" }, { topic: "a", crmIds: ["1"], data: 1 }, { crmIds: [], data: 1 }])(
    "[R15] does not allow the publish %j, nor does the server",
    async (body) => {
      const schema = (await description()).paths["/api/v1/publish"]?.["post"]?.requestBody?.content;
      expect(faultsOf(schema?.["application/json"]?.schema, body)).not.toEqual([]);
      expect((await server.ask("POST", "/api/v1/publish", body)).status).toBe(400);
    },
  );
});

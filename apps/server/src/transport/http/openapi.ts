import {
  callSchema,
  contractToJson,
  errorCodes,
  publishBodySchema,
  publishResultSchema,
  type Contract,
} from "@switchboard/protocol";
import { Hono } from "hono";
import * as z from "zod";
import { ticketSchema } from "../../auth/tickets.ts";
import type { Env, Parts } from "./context.ts";

const topicPath = [{ name: "topic", in: "path", required: true, schema: { type: "string" } }];
const published = z.object({ publication: z.string(), results: z.array(publishResultSchema) });
const errorBody = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
});
const refused = { description: "Refused", content: jsonOf(errorBody, "output") };

/** `GET /contract.json`: the contract as JSON Schema. `GET /openapi.json`: this API as OpenAPI 3.1, made from the same schemas. */
export function describingRoutes({ node, contract }: Parts) {
  const document = openApi(node.version);
  const json = contractToJson(contract ?? noContract);
  return new Hono<Env>()
    .get("/contract.json", (c) => c.json(json))
    .get("/openapi.json", (c) => c.json(document));
}

const noContract: Contract = { topics: {}, procedures: {} };

function openApi(version: string) {
  const batch = z.object({ publications: z.array(publishBodySchema).min(1).max(1_000) });
  return {
    openapi: "3.1.0",
    info: {
      title: "Switchboard",
      version,
      description: "Live messages to whoever is concerned with a CRM record.",
    },
    paths: {
      "/api/v1/publish": {
        post: posts("Publish an event to a topic or to crmIds", publishBodySchema, published),
      },
      "/api/v1/publish/batch": {
        post: posts("Publish several; each has its own result", batch, z.looseObject({})),
      },
      "/api/v1/call": {
        post: posts(
          "Call a procedure",
          callSchema.pick({ procedure: true, data: true, timeout: true }),
          z.object({ data: z.unknown() }),
        ),
      },
      "/api/v1/tickets": {
        post: posts(
          "Make a short-lived ticket for a browser",
          ticketSchema,
          z.object({ ticket: z.string(), expires: z.number() }),
        ),
      },
      "/api/v1/topics": { get: gets("Topics with subscribers", [query("prefix", "string")]) },
      "/api/v1/topics/{topic}": { get: gets("Where a topic stands", topicPath) },
      "/api/v1/topics/{topic}/history": {
        get: gets("What a topic retains", [
          ...topicPath,
          query("since", "integer"),
          query("epoch", "string"),
          query("limit", "integer"),
        ]),
      },
      "/api/v1/topics/{topic}/presence": { get: gets("Who is on a topic", topicPath) },
      "/api/v1/sessions": { get: gets("Who is connected", []) },
      "/api/v1/sessions/{id}": {
        get: gets("One session", [{ ...topicPath[0], name: "id" }]),
        delete: gets("Disconnect it", [{ ...topicPath[0], name: "id" }]),
      },
      "/api/v1/status": { get: gets("The state of this server", []) },
      "/healthz": { get: gets("Alive", []) },
      "/readyz": { get: gets("A publish would be accepted", []) },
    },
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    "x-error-codes": errorCodes,
  };
}

function posts(summary: string, body: z.ZodType, answer: z.ZodType) {
  return {
    summary,
    requestBody: { required: true, content: jsonOf(body, "input") },
    responses: { 200: { description: "Done", content: jsonOf(answer, "output") }, default: refused },
  };
}

function gets(summary: string, parameters: readonly object[]) {
  const answer = { 200: { description: "Done", content: jsonOf(z.looseObject({}), "output") } };
  return { summary, parameters, responses: { ...answer, default: refused } };
}

function query(name: string, type: string) {
  return { name, in: "query", required: false, schema: { type } };
}

function jsonOf(schema: z.ZodType, io: "input" | "output") {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return { "application/json": { schema: plain } };
}

import {
  callSchema,
  contractToJson,
  errorCodes,
  publishBodySchema,
  type Contract,
} from "@switchboard/protocol";
import { Hono } from "hono";
import * as z from "zod";
import { ticketSchema } from "../../auth/tickets.ts";
import * as answers from "./answers.ts";
import type { Env, Parts } from "./context.ts";

/** What is said of one method of one path. */
interface Operation {
  readonly summary: string;
  readonly parameters?: readonly object[];
  readonly body?: z.ZodType;
  readonly isBodyRequired?: boolean;
  /** Undefined where it answers with text. */
  readonly answer?: z.ZodType;
  readonly unavailable?: z.ZodType;
  /** Whether it asks nobody who they are. */
  readonly isOpen?: boolean;
}

const anything = z.looseObject({});
const publication = publishBodySchema.meta({ oneOf: [having("topic"), having("crmIds")] });
const topicPath = [parameter("path", "topic", { type: "string" })];
const sessionPath = [parameter("path", "id", { type: "string" })];

/** What there is, but the metrics. */
const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  "/api/v1/publish": {
    post: {
      summary: "Publish an event to a topic or to crmIds",
      parameters: [parameter("header", "Idempotency-Key", { type: "string", minLength: 1, maxLength: 128 })],
      body: publication,
      answer: answers.publishAnswer,
    },
  },
  "/api/v1/publish/batch": {
    post: {
      summary: "Publish several; each has its own result or error",
      body: z.object({ publications: z.array(publication).min(1).max(1_000) }),
      answer: answers.batchAnswer,
    },
  },
  "/api/v1/call": {
    post: {
      summary: "Call a procedure",
      body: callSchema.pick({ procedure: true, data: true, timeout: true }),
      answer: answers.callAnswer,
    },
  },
  "/api/v1/tickets": {
    post: {
      summary: "Make a short-lived ticket for a browser",
      body: ticketSchema,
      answer: answers.ticketAnswer,
    },
  },
  "/api/v1/topics": {
    get: {
      summary: "Topics with subscribers",
      parameters: [parameter("query", "prefix", { type: "string" })],
      answer: answers.topicsAnswer,
    },
  },
  "/api/v1/topics/{topic}": {
    get: { summary: "Where a topic stands", parameters: topicPath, answer: answers.topicAnswer },
  },
  "/api/v1/topics/{topic}/history": {
    get: {
      summary: "What a topic retains: the newest, or what came after a position",
      parameters: [
        ...topicPath,
        parameter("query", "since", { type: "integer", minimum: 0 }),
        parameter("query", "epoch", { type: "string" }),
        parameter("query", "limit", { type: "integer", minimum: 1, maximum: 1_000, default: 100 }),
      ],
      answer: answers.historyAnswer,
    },
  },
  "/api/v1/topics/{topic}/presence": {
    get: { summary: "Who is on a topic", parameters: topicPath, answer: answers.presenceAnswer },
  },
  "/api/v1/sessions": { get: { summary: "Who is connected", answer: answers.sessionsAnswer } },
  "/api/v1/sessions/{id}": {
    get: { summary: "One session", parameters: sessionPath, answer: answers.sessionAnswer },
    delete: { summary: "Disconnect it", parameters: sessionPath, answer: answers.disconnectAnswer },
  },
  "/api/v1/status": { get: { summary: "The state of all nodes", answer: answers.statusAnswer } },
  "/api/v1/contract.json": { get: { summary: "The contract as JSON Schema", answer: anything } },
  "/api/v1/openapi.json": { get: { summary: "This description", answer: anything } },
  "/api/v1/dev-login": {
    get: {
      summary: "Whether there is a login for development",
      answer: answers.loginOffered,
      isOpen: true,
    },
    post: {
      summary: "A token for the asking, for development",
      body: ticketSchema,
      isBodyRequired: false,
      answer: answers.loginAnswer,
      isOpen: true,
    },
  },
  "/healthz": { get: { summary: "Alive", answer: answers.healthAnswer, isOpen: true } },
  "/readyz": {
    get: {
      summary: "A publish would be accepted",
      answer: answers.readyAnswer,
      unavailable: answers.unreadyAnswer,
      isOpen: true,
    },
  },
};

/** `GET /contract.json`: the contract as JSON Schema. `GET /openapi.json`: this API as OpenAPI 3.1, made from the same schemas. */
export function describingRoutes({ node, contract, metricsOpen }: Parts) {
  const document = openApi(node.version, metricsOpen);
  const json = contractToJson(contract ?? noContract);
  return new Hono<Env>()
    .get("/contract.json", (c) => c.json(json))
    .get("/openapi.json", (c) => c.json(document));
}

const noContract: Contract = { topics: {}, procedures: {} };

function openApi(version: string, metricsOpen: boolean) {
  const metrics = { get: { summary: "This node, for Prometheus", isOpen: metricsOpen } };
  const paths = Object.entries({ ...operations, "/metrics": metrics });
  return {
    openapi: "3.1.0",
    info: {
      title: "Switchboard",
      version,
      description: "Live messages to whoever is concerned with a CRM record.",
    },
    paths: Object.fromEntries(paths.map(([path, methods]) => [path, described(methods)])),
    components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
    security: [{ bearer: [] }],
    "x-error-codes": errorCodes,
  };
}

function described(methods: Readonly<Record<string, Operation>>) {
  return Object.fromEntries(
    Object.entries(methods).map(([method, operation]) => {
      const { summary, parameters, body, isBodyRequired = true, answer, unavailable, isOpen } = operation;
      const done = answer === undefined ? { "text/plain": { schema: { type: "string" } } } : jsonOf(answer);
      const responses = {
        200: { description: "Done", content: done },
        ...(unavailable && { 503: { description: "Not now", content: jsonOf(unavailable) } }),
        default: { description: "Refused", content: jsonOf(answers.refusedAnswer) },
      };
      const requestBody = body && { required: isBodyRequired, content: jsonOf(body) };
      return [
        method,
        {
          summary,
          ...(parameters && { parameters }),
          ...(requestBody && { requestBody }),
          responses,
          ...(isOpen === true && { security: [] }),
        },
      ];
    }),
  );
}

function having(key: string) {
  return { type: "object", properties: { [key]: {} }, required: [key] };
}

function parameter(place: "path" | "query" | "header", name: string, schema: object) {
  return { name, in: place, required: place === "path", schema };
}

/** As of what is sent: answers may have more keys in later versions. */
function jsonOf(schema: z.ZodType) {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return { "application/json": { schema: plain } };
}

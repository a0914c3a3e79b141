import { elementTexts, memberText, publishBodySchema, utf8Bytes } from "@switchboard/protocol";
import { Hono } from "hono";
import { publishedOf, type Published } from "../../core/broker.ts";
import { Refusal } from "../../core/errors.ts";
import { demand, type Grant } from "../../core/policy.ts";
import { publicationOf } from "../../core/publication.ts";
import { readAs } from "../../core/read-as.ts";
import type { Receipt } from "../../core/receipts.ts";
import { readJson } from "./body.ts";
import type { Env, Parts } from "./context.ts";
import { refusalBody } from "./errors.ts";

/** How many publications a batch may hold. */
const batchMax = 1_000;

/** `POST /publish` and `POST /publish/batch`. */
export function publishRoutes({ node }: Parts) {
  const { frameBytesMax, frameBytesHardMax } = node.limits;

  /** What is asked for, and allowed. @throws Refusal */
  const read = (grant: Grant, value: object, text: string) => {
    try {
      const body = readAs(publishBodySchema, value);
      const publication = publicationOf(body, memberText(text, "data") ?? "null", node.publicationId());
      for (const topic of publication.topics) demand(grant, "publish", topic);
      return { publication, receiptMs: body.receipt };
    } catch (error) {
      node.tally.publishRefused(error);
      throw error;
    }
  };

  const publish = async (
    grant: Grant,
    value: object,
    text: string,
  ): Promise<Published & { readonly receipt?: Receipt }> => {
    const { publication, receiptMs } = read(grant, value, text);
    const { accepted, receipt } = await node.publisher.publish(undefined, publication, receiptMs);
    return { ...publishedOf(accepted), ...(receipt && { receipt: await receipt }) };
  };

  const publishOne = async (grant: Grant, value: object, text: string) => {
    try {
      if (utf8Bytes(text) > frameBytesMax)
        throw new Refusal("too_large", `a publication has ${frameBytesMax} bytes at most`);
      return await publish(grant, value, text);
    } catch (error) {
      if (error instanceof Refusal) return refusalBody(error);
      throw error;
    }
  };

  return new Hono<Env>()
    .post("/publish", async (c) => {
      const { value, text } = await readJson(c.req, frameBytesMax);
      node.visitors.demandPublishes(c.get("address"), 1);
      return c.json(await publish(c.get("grant"), withKey(value, c.req.header("idempotency-key")), text));
    })
    .post("/publish/batch", async (c) => {
      if (c.req.header("idempotency-key") !== undefined)
        throw new Refusal(
          "invalid_argument",
          "Idempotency-Key: give each publication of a batch its own key",
        );
      const { value, text } = await readJson(c.req, frameBytesHardMax);
      const publications = (value as { publications?: unknown }).publications;
      if (!Array.isArray(publications) || publications.length === 0 || publications.length > batchMax)
        throw new Refusal("invalid_argument", `publications: must be an array of 1–${batchMax} publications`);
      node.visitors.demandPublishes(c.get("address"), publications.length);
      const texts = elementTexts(memberText(text, "publications") ?? "[]");
      const results = publications.map((one: unknown, i) =>
        publishOne(c.get("grant"), one as object, texts[i] ?? ""),
      );
      return c.json({ results: await Promise.all(results) });
    });
}

/** The `Idempotency-Key` header stands for `key`. */
function withKey(value: object, header: string | undefined): object {
  if (header === undefined) return value;
  const { key = header } = value as { key?: unknown };
  if (key !== header) throw new Refusal("invalid_argument", "key: differs from the Idempotency-Key header");
  return { ...value, key };
}

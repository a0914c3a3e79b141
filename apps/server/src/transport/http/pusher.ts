import { Hono, type Context, type MiddlewareHandler } from "hono";
import type * as z from "zod";
import { Refusal } from "../../core/errors.ts";
import { publicationOf } from "../../core/publication.ts";
import { readAs } from "../../core/read-as.ts";
import { parseChannel, type Channel } from "../../dialects/pusher/channel.ts";
import type { Place } from "../../dialects/pusher/place.ts";
import { faultOfSignature } from "../../dialects/pusher/request-signature.ts";
import { parseBody, readText } from "./body.ts";
import type { Env, Parts } from "./context.ts";
import { refusalStatus } from "./errors.ts";
import { batchBody, eventBody, type PusherEvent } from "./pusher-bodies.ts";

type PusherEnv = { Variables: Pick<Env["Variables"], "address"> & { place: Place; body: string } };
type Info = Readonly<Record<string, number>>;
type Infos = Readonly<Record<string, Info>>;

/** The HTTP API of the Pusher protocol for back ends, under `/apps/:appId`: signed, and 200 wherever it succeeds. */
export function pusherRoutes(parts: Parts) {
  const { node } = parts;
  return new Hono<PusherEnv>()
    .onError((error, c) => {
      if (error instanceof Refusal) return c.text(`${error.message}\n`, refusalStatus(c, error, node));
      node.report(error);
      return c.text("a fault of the server; it is logged there\n", 500);
    })
    .use("/:appId/*", signed(parts))
    .post("/:appId/events", async (c) => {
      const event = readBody(eventBody, c);
      node.visitors.demandPublishes(c.get("address"), event.channels.length);
      const { channels, receivers } = await publish(parts, c.get("place"), event);
      c.header("X-Switchboard-Receivers", receivers.join(","));
      return c.json(Object.keys(channels).length === 0 ? {} : { channels });
    })
    .post("/:appId/batch_events", async (c) => {
      const { batch } = readBody(batchBody, c);
      node.visitors.demandPublishes(c.get("address"), batch.length);
      const published: Info[] = [];
      const receivers: string[] = [];
      for (const { channel, ...event } of batch) {
        const one = await publish(parts, c.get("place"), { ...event, channels: [channel] });
        published.push(one.channels[channel] ?? {});
        receivers.push(...one.receivers);
      }
      c.header("X-Switchboard-Receivers", receivers.join(","));
      return c.json(batch.some(({ info }) => info !== "") ? { batch: published } : {});
    })
    .get("/:appId/channels", async (c) => {
      const prefix = c.req.query("filter_by_prefix") ?? "";
      const info = c.req.query("info") ?? "";
      if (asks(info, "user_count") && !prefix.startsWith("presence-"))
        throw new Refusal("invalid_argument", "info: user_count needs filter_by_prefix=presence-");
      const names = (await c.get("place").channels.names()).filter((name) => name.startsWith(prefix));
      return c.json({ channels: await infosOf(parts, c.get("place"), names.map(parseChannel), info) });
    })
    .get("/:appId/channels/:channel", async (c) => {
      const channel = parseChannel(c.req.param("channel"));
      const info = c.req.query("info") ?? "";
      const [{ subscribers }, infos] = await Promise.all([
        node.census.subscribers(channel.topic),
        infosOf(parts, c.get("place"), [channel], info),
      ]);
      return c.json({ occupied: subscribers > 0, ...infos[channel.name] });
    })
    .get("/:appId/channels/:channel/users", async (c) => {
      const { kind, name } = parseChannel(c.req.param("channel"));
      if (kind !== "presence")
        throw new Refusal(
          "invalid_argument",
          `channel: ${name} is no presence channel: nobody is known there`,
        );
      const users = await c.get("place").channels.users([name]);
      return c.json({ users: users.get(name)?.map((id) => ({ id })) ?? [] });
    })
    .post("/:appId/users/:user/terminate_connections", async (c) => {
      await c.get("place").clients.terminate(c.req.param("user"));
      return c.json({});
    })
    .get("/:appId/connections", async (c) => c.json({ connections: await c.get("place").clients.count() }))
    .all("*", (c) => c.text(`there is no ${c.req.method} ${c.req.path}\n`, 404));
}

/** Lets requests pass that the application's secret has signed. */
function signed({ node, dialects }: Parts): MiddlewareHandler<PusherEnv> {
  return async (c, next) => {
    const id = c.req.param("appId") ?? "";
    const { visitors } = node;
    visitors.demandLogin(c.get("address"));
    const place = dialects.pusher.place(id);
    if (place === undefined)
      throw new Refusal("not_found", `there is no application ${id} (SWITCHBOARD_PUSHER_APPS)`);
    const body = await readText(c.req, node.limits.frameBytesHardMax);
    const { pathname: path, searchParams: query } = new URL(
      // The Host in front of it may be one that no URL can have.
      c.req.url.replace(/^\w+:\/\/[^/?]*/, ""),
      "http://server",
    );
    const fault = faultOfSignature(place.app, { method: c.req.method, path, query, body }, node.clock.now());
    if (fault !== undefined) {
      visitors.failedLogins.take(c.get("address"));
      throw new Refusal("unauthenticated", fault);
    }
    c.set("place", place);
    c.set("body", body);
    return next();
  };
}

/** Publishes in every channel's topic. The receivers are counted for each channel, as far as the engine knows them. */
async function publish(parts: Parts, place: Place, event: PusherEvent) {
  const { node } = parts;
  const { frameBytesMax } = node.limits;
  if (Buffer.byteLength(event.data) > frameBytesMax)
    throw new Refusal("too_large", `data: has ${frameBytesMax} bytes at most (frameBytesMax)`);
  const channels = event.channels.map(parseChannel);
  const data = jsonOf(event.data);
  const id = node.publicationId();
  const { name, socket_id: socketId, idempotency_key: key } = event;
  const publications = channels.map(({ topic, isCache }) => {
    const one = publicationOf(
      { topic, name, data: null, ...(socketId && { exclude: [socketId] }), ...(key && { key }) },
      data,
      id,
    );
    // The last event of a cache channel is kept for who comes later.
    return isCache ? { ...one, draft: { ...one.draft, retain: true } } : one;
  });
  const outcomes = await Promise.all(
    publications.map((publication) => node.publisher.publish(undefined, publication)),
  );
  const receivers = outcomes.map(({ accepted }) => String(accepted[0]?.receivers ?? "unknown"));
  if (event.info === "") return { channels: {}, receivers };
  return { channels: await infosOf(parts, place, channels, event.info), receivers };
}

/** What is asked of the channels, by their names. Who listens to the topic counts as a subscriber, whatever language they speak. */
async function infosOf(
  { node }: Parts,
  { channels }: Place,
  asked: readonly Channel[],
  info: string,
): Promise<Infos> {
  const counts = asks(info, "subscription_count");
  const presence = asks(info, "user_count") ? asked.filter(({ kind }) => kind === "presence") : [];
  const [known, users] = await Promise.all([
    counts ? node.census.subscribersOf(asked.map(({ topic }) => topic)) : undefined,
    channels.users(presence.map(({ name }) => name)),
  ]);
  const infoOf = ({ name, topic }: Channel): Info => ({
    ...(known && { subscription_count: known.subscribers.get(topic) ?? 0 }),
    ...(users.has(name) && { user_count: users.get(name)?.length ?? 0 }),
  });
  return Object.fromEntries(asked.map((channel) => [channel.name, infoOf(channel)]));
}

function asks(info: string, what: string): boolean {
  return info.split(",").some((part) => part.trim() === what);
}

/** Laravel and the like send JSON as a string; a string that is none is what it is. */
function jsonOf(data: string): string {
  try {
    JSON.parse(data);
    return data.trim();
  } catch {
    return JSON.stringify(data);
  }
}

function readBody<Schema extends z.ZodType>(schema: Schema, c: Context<PusherEnv>): z.output<Schema> {
  return readAs(schema, parseBody(c.get("body")));
}

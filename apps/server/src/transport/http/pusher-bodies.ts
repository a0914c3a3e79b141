import { nameSchema } from "@switchboard/protocol";
import * as z from "zod";

/** As many as Pusher allows. */
const channelsMax = 100;
const batchMax = 10;

const common = {
  name: nameSchema,
  data: z.string(),
  socket_id: z
    .string()
    .regex(/^\d+\.\d+$/, { error: "must be a socket_id, as 123.456" })
    .nullish(),
  info: z.string().default(""),
  idempotency_key: z.string().min(1).max(256).optional(),
};

/** The body of `POST /apps/:id/events`. */
export const eventBody = z
  .object({
    ...common,
    channel: z.string().optional(),
    channels: z.array(z.string()).min(1).max(channelsMax).optional(),
  })
  .refine(({ channel, channels }) => (channel === undefined) !== (channels === undefined), {
    error: "channel or channels must be there, and not both",
  })
  .transform(({ channel, channels, ...rest }) => ({ ...rest, channels: channels ?? [channel as string] }));

/** The body of `POST /apps/:id/batch_events`. */
export const batchBody = z.object({
  batch: z
    .array(z.object({ ...common, channel: z.string() }))
    .min(1)
    .max(batchMax),
});

/** One event for some channels. */
export type PusherEvent = z.output<typeof eventBody>;

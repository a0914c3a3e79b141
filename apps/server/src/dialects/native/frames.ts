import { isPlainPublish, upFrameSchemas, type DownFrame, type UpType } from "@switchboard/protocol";
import type * as z from "zod";
import type { Change } from "../../core/attendance.ts";
import { Refusal } from "../../core/errors.ts";
import type { Who } from "../../core/presence.ts";
import { readAs } from "../../core/read-as.ts";
import { remembered } from "../../core/remembered.ts";
import { isLarger } from "../parse.ts";

type Schemas = typeof upFrameSchemas;

/** A frame of one type, as it was understood. */
export type FrameOf<Type extends UpType> = z.output<Schemas[Type]>;
/** A frame that a client sent, as it was understood. */
export type Frame = { [Type in UpType]: FrameOf<Type> }[UpType];

/** What the frame says. @throws Refusal `too_large`, `bad_frame`, `invalid_argument`: the connection lives */
export function readFrame(value: unknown, text: string, frameBytesMax: number): Frame {
  if (isLarger(text, frameBytesMax))
    throw new Refusal("too_large", `a frame has ${frameBytesMax} bytes at most (frameBytesMax)`);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Refusal("bad_frame", "a frame must be a JSON object");
  const type = (value as { type?: unknown }).type;
  if (typeof type !== "string" || !Object.hasOwn(upFrameSchemas, type))
    throw new Refusal("bad_frame", `type: must be one of ${Object.keys(upFrameSchemas).join(", ")}`);
  if (type === "publish" && isPlainPublish(value)) return value;
  return readAs(upFrameSchemas[type as UpType], value);
}

/** The number by which the frame's sender will know the answer, if it gave a right one. */
export function requestIdIn(value: unknown): number | undefined {
  return answersInvocation(value) ? undefined : idIn(value);
}

/** The invocation that the frame was meant to answer. */
export function invocationIdIn(value: unknown): number | undefined {
  return answersInvocation(value) ? idIn(value) : undefined;
}

/** These carry the number of an invocation, which may be that of a request of the client's, too. */
function answersInvocation(value: unknown): boolean {
  const { type } = (value ?? {}) as { readonly type?: unknown };
  return type === "yield" || type === "error";
}

function idIn(value: unknown): number | undefined {
  const { id } = (value ?? {}) as { readonly id?: unknown };
  return typeof id === "number" && Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** An `error` frame. */
export function errorFrame(id: number | undefined, refusal: Refusal): DownFrame {
  const { code, message, details, retryAfterMs } = refusal;
  return {
    type: "error",
    ...(id !== undefined && { id }),
    code,
    message,
    ...(details !== undefined && { details }),
    ...(retryAfterMs !== undefined && { retryAfter: retryAfterMs }),
  };
}

/** A `presence` frame, of the topic and the change: encoded once for all who are told of the change, one after the other. */
export const presenceFrame = remembered(({ joined, left }: Change<Who>, topic: string) => {
  const frame: DownFrame = { type: "presence", topic, joined: [...joined], left: [...left] };
  return JSON.stringify(frame);
});

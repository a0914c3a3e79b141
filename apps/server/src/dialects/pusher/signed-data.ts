import { isNestedWithin, memberText, nestingMax } from "@switchboard/protocol";
import * as z from "zod";
import { Refusal } from "../../core/errors.ts";
import type { PresenceMember } from "./presence-member.ts";

const error = "must be a text of 1–256 characters, or a number";
const idText = z.string().min(1, { error }).max(256, { error });
const idSchema = z.union([idText, z.number().transform(String)], { error });
const infoSchema = z.unknown().refine((info) => isNestedWithin(info, nestingMax), {
  error: `must be nested no more than ${nestingMax} deep`,
});
const memberSchema = z.object({ user_id: idSchema, user_info: infoSchema.optional() });
const userSchema = z.object({ id: idSchema });

/** Who a client is on a presence channel. @throws Refusal `unauthenticated` */
export function memberIn(channelData: unknown): PresenceMember {
  const { user_id: userId } = readSigned(memberSchema, "channel_data", channelData);
  return { userId, userInfo: memberText(String(channelData), "user_info") };
}

/** Who has signed in. @throws Refusal `unauthenticated` */
export function userIn(userData: string): string {
  return readSigned(userSchema, "user_data", userData).id;
}

function readSigned<Schema extends z.ZodType>(
  schema: Schema,
  field: string,
  text: unknown,
): z.output<Schema> {
  const read = schema.safeParse(valueOf(text));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Refusal("unauthenticated", `${field}: ${issue?.path.join(".")} ${issue?.message}`.trim());
}

function valueOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

import { crmIdSchema, topicSchema } from "@switchboard/protocol";
import * as z from "zod";
import type { Grant } from "../core/policy.ts";

const patternsMax = 1_000;
const crmIdsMax = 10_000;

const patterns = z.array(topicSchema).max(patternsMax).optional();

/** Who it is. */
export const subjectSchema = z.string().min(1).max(256);

/** What a bearer may do, as tokens, tickets and the application's answer say it; what is not said is not allowed. */
export const allowanceSchema = z.object({
  role: z.string().min(1).max(128).optional(),
  crmIds: z
    .array(z.union([z.literal("*"), crmIdSchema, z.int().min(0).transform(String)]))
    .max(crmIdsMax)
    .default([]),
  permissions: z
    .object({
      subscribe: patterns,
      publish: patterns,
      call: patterns,
      register: patterns,
      read: z.boolean().optional(),
      admin: z.boolean().optional(),
      tickets: z.boolean().optional(),
    })
    .default({}),
});

/** What a bearer may do, as it is said. */
export type Allowance = z.output<typeof allowanceSchema>;

/** What is said, as the policy asks it. @param expiresAt in ms since 1970 */
export function grantFrom(
  { crmIds, permissions, role }: Allowance,
  subject: string | undefined,
  expiresAt: number | undefined,
): Grant {
  const { read = false, admin = false, tickets = false, subscribe, publish, call, register } = permissions;
  return {
    subject,
    role,
    expiresAt,
    crmIds,
    patterns: {
      ...(subscribe && { subscribe }),
      ...(publish && { publish }),
      ...(call && { call }),
      ...(register && { register }),
    },
    read,
    admin,
    tickets,
  };
}

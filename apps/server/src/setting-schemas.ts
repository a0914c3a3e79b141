import { isTopic, wildcardFault } from "@switchboard/protocol";
import * as z from "zod";

/** A whole number, as text. */
export const integer = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d+$/, { error })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
};
/** Texts, comma-separated. */
export const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);
/** A text of so many characters or more, if any. */
export const optionalText = (least: number) => z.string().min(least).optional();
/** The address of a server. */
export const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });
/** Where a page comes from, as browsers spell it; `*` is everywhere. */
export const origin = z.string().refine(isOrigin, {
  error: "must be origins such as https://crm.example.com (no path, and no port that is the usual one), or *",
});
/** A pattern of topics, as permissions have them. */
export const pattern = z.string().refine((text) => isTopic(text) && wildcardFault(text) === undefined, {
  error: "must be patterns of topics, such as news.*",
});

/** A transform that says what the reader found wrong. */
export function readWith<Read>(read: (text: string) => Read) {
  return (text: string, context: z.core.$RefinementCtx) => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message });
      return z.NEVER;
    }
  };
}

/** Whether a browser would spell a page's origin so: anything else would never match. */
function isOrigin(text: string): boolean {
  if (text === "*") return true;
  if (!/^[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+$/.test(text) || !URL.canParse(text)) return false;
  const spelt = new URL(text).origin;
  return spelt === text || spelt === "null";
}

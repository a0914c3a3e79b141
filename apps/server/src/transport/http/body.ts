import type { HonoRequest } from "hono";
import { Refusal } from "../../core/errors.ts";

/** A request's body, as JSON and as it was sent. @throws Refusal `too_large`, `bad_frame` */
export async function readJson(
  request: HonoRequest,
  bytesMax: number,
): Promise<{ value: object; text: string }> {
  const text = await readText(request, bytesMax);
  const value = parseBody(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { value, text };
  throw new Refusal("bad_frame", "the body must be a JSON object");
}

/** A request's body, as it was sent. @throws Refusal `too_large`, `bad_frame` */
export async function readText(request: HonoRequest, bytesMax: number): Promise<string> {
  const tooLarge = () => new Refusal("too_large", `a body has ${bytesMax} bytes at most`);
  if (Number(request.header("content-length") ?? 0) > bytesMax) throw tooLarge();
  const isDeclared = request.header("content-length") !== undefined;
  const bytes = isDeclared
    ? await request.arrayBuffer()
    : await bytesOf(request.raw.body, bytesMax, tooLarge);
  if (bytes.byteLength > bytesMax) throw tooLarge();
  return decoded(bytes);
}

/** Nothing that is not UTF-8 is put right: it would arrive as something else than was sent. */
function decoded(bytes: ArrayBuffer | Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Refusal("bad_frame", "the body must be UTF-8");
  }
}

/** A body that does not say how large it is: no more of it is taken than there may be. */
async function bytesOf(
  body: ReadableStream<Uint8Array> | null,
  bytesMax: number,
  tooLarge: () => Refusal,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > bytesMax) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The body as JSON. @throws Refusal `bad_frame` */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal("bad_frame", `the body must be JSON: ${(error as Error).message}`);
  }
}
